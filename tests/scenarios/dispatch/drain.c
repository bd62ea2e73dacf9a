/* drain.c - draining what is parked, too: until only dead letters and the future are
 * left. */
#include "support/domains/follower.h"

#include <pthread.h>
#include <string.h>

static struct follower seen, other;

static const struct jangle_subscriber it = {.name = "it",
                                            .context = &seen,
                                            .handlers = JANGLE_ARRAY(follower_handlers),
                                            .start = JANGLE_FROM_FIRST,
                                            .retry = {.max_attempts = 5}};
static const struct jangle_subscriber another = {.name = "other",
                                                 .context = &other,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber view = {.name = "view",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(follower_handlers),
                                              .schema = "CREATE TABLE unused (x)"};

/* Half a minute goes by whenever somebody looks at the clock; until then it stands. */
static bool goes;

static int64_t monotonic_us(void *context)
{
    struct world *world = context;

    if (goes)
        world->monotonic_us += 30 * INT64_C(1000000);
    return world->monotonic_us;
}

static int set_up(void **state)
{
    static struct world world;

    goes = false;
    seen = other = (struct follower){0};
    world_init(&world, *state != NULL);
    world.config.host.clock.monotonic_us = monotonic_us;
    world_open(&world, &it, &another, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    follower_clear(&other);
    return 0;
}

static struct jangle_left drained(struct world *world, int64_t timeout_ms)
{
    struct jangle_left left;

    goes = true;
    if (jangle_drain_parked(world->jangle, timeout_ms, &left, &world->error))
        fail_msg("%s", world->error.message);
    return left;
}

/* ---- until it is handled ----------------------------------------------------- */

static void what_is_parked_is_waited_for(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    seen.fails_for = "1";
    seen.failures = 3;
    world_put_many(world, 30, 3);
    assert_result(jangle_drain(world->jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.parked, 1);
    left = drained(world, -1);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
    follower_assert_all(&seen, 1, 30);
    follower_assert_all(&other, 1, 30);
    assert_int_equal(follower_calls(&seen, 2), 4);
}

static void a_view_is_waited_for_too(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    world_close(world);
    world_open(world, &view, NULL);
    seen.fails_for = "1";
    seen.failures = 5; /* the first one's batch is tried twice */
    world_put_many(world, 30, 3);
    left = drained(world, -1);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
    assert_int_equal(world_measure(world, "view").position, 30);
}

static void what_died_is_left(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    seen.fails_for = "1";
    seen.failures = -1;
    world_put_many(world, 30, 3);
    left = drained(world, -1);
    assert_int_equal(left.parked, 0);
    assert_int_equal(left.dead, 1);
    assert_int_equal(follower_calls(&seen, 2), 5);
    assert_int_equal(follower_handled(&seen, 30), 1);
}

static void an_outage_is_waited_for(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    seen.fails_for = "";
    seen.failures = 40;
    seen.result = JANGLE_BUSY;
    world_put_many(world, 60, 60);
    assert_result(jangle_drain(world->jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.suspended, 1);
    left = drained(world, -1);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
    follower_assert_all(&seen, 1, 60);
}

static void with_nothing_parked_it_is_over_at_once(void **state)
{
    struct world *world = *state;
    struct jangle_left left = drained(world, 0);

    assert_int_equal(left.parked + left.dead + left.future + left.suspended, 0);
    world_put_many(world, 30, 3);
    drained(world, -1);
    follower_assert_all(&seen, 1, 30);
}

/* ---- not without end -------------------------------------------------------- */

static void time_may_be_up(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    world->config.host.clock.monotonic_us = NULL;
    world->config.retry.first_delay_ms = 1000000000;
    world->config.retry.max_delay_ms = 1000000000;
    world_close(world);
    world_open(world, &it, &another, NULL);
    seen.fails_for = "1";
    seen.failures = -1;
    world_put_many(world, 30, 3);
    assert_result(jangle_drain(world->jangle, -1, NULL, NULL), JANGLE_OK);
    assert_result(jangle_drain_parked(world->jangle, 1, &left, &world->error),
                  JANGLE_TIMEOUT);
    assert_string_equal(world->error.message,
                        "\"it\" still retries events that it has parked");
    assert_int_equal(left.parked, 1);
}

/* Only a person ends that. */
static void a_view_that_must_be_built_anew_is_not_waited_for(void **state)
{
    struct world *world = *state;
    static struct jangle_subscriber newer;
    struct jangle_left left;

    newer = view;
    world_close(world);
    world_open(world, &view, NULL);
    seen.fails_for = "1";
    seen.failures = -1;
    world_put_many(world, 30, 3);
    world_poll(world);
    assert_int_equal(world_measure(world, "view").parked, 1);
    world_close(world);
    newer.schema_version = 2;
    world_open(world, &newer, NULL);
    left = drained(world, -1);
    assert_int_equal(left.suspended, 1);
    assert_int_equal(left.parked, 1);
}

/* ---- by others --------------------------------------------------------------- */

static void workers_do_it(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    world_close(world);
    world->config.workers = 2;
    world->config.retry.first_delay_ms = 1;
    world->config.retry.max_delay_ms = 5;
    world->config.retry_interval_ms = 1;
    world->config.host.clock.monotonic_us = NULL;
    world->config.host.clock.now = NULL;
    world_open(world, &it, &another, NULL);
    seen.fails_for = "1";
    seen.failures = 3;
    world_put_many(world, 30, 3);
    left = drained(world, -1);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
    world_close(world);
    follower_assert_all(&seen, 1, 30);
}

static void *drain_here(void *context)
{
    struct world *world = context;

    return jangle_drain_parked(world->jangle, -1, NULL, NULL) ? NULL : context;
}

/* Another instance runs them, and this one sees what is stored. */
static void what_runs_elsewhere_is_waited_for(void **state)
{
    struct world *world = *state;
    static struct world there;
    struct jangle_left left;
    pthread_t thread;
    void *ended;

    seen.fails_for = "1";
    seen.failures = 3;
    world_put_many(world, 30, 3);
    world_poll(world);
    assert_int_equal(jangle_drain(world->jangle, -1, &left, NULL), JANGLE_OK);
    there = *world;
    there.jangle = NULL;
    there.directory[0] = '\0';
    there.config.host.clock.monotonic_us = NULL;
    there.config.host.clock.now = NULL;
    there.config.workers = 1;
    there.config.head_interval_ms = 1;
    world_open(&there, &it, &another, NULL);
    assert_int_equal(pthread_create(&thread, NULL, drain_here, &there), 0);
    drained(world, -1);
    world_poll(world); /* its checkpoint is due by now, and is what others see */
    assert_int_equal(pthread_join(thread, &ended), 0);
    assert_non_null(ended);
    world_finish(&there);
    follower_assert_all(&seen, 1, 30);
}

/* ---- in a handler ------------------------------------------------------------ */

static struct jangle *jangle_of_handler;

static enum jangle_result drain_inside(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    (void)event;
    return jangle_drain_parked(jangle_of_handler, -1, NULL, NULL) == JANGLE_BUSY
               ? JANGLE_OK
               : jangle_delivery_reject(delivery, "it waited");
}

static const struct jangle_subscriber impatient = {
    .name = "impatient", .handlers = JANGLE_HANDLERS({&coins_put_in, drain_inside})};

static void a_handler_cannot_wait_for_it(void **state)
{
    struct world *world = *state;

    world_close(world);
    world_open(world, &impatient, NULL);
    jangle_of_handler = world->jangle;
    world_put(world, "1");
    assert_int_equal(drained(world, -1).dead, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_is_parked_is_waited_for),
        WORLD_TEST(a_view_is_waited_for_too),
        WORLD_TEST(what_died_is_left),
        WORLD_TEST(an_outage_is_waited_for),
        WORLD_TEST(with_nothing_parked_it_is_over_at_once),
        WORLD_TEST(time_may_be_up),
        WORLD_TEST_IN_FILE(a_view_that_must_be_built_anew_is_not_waited_for),
        WORLD_TEST(workers_do_it),
        WORLD_TEST_IN_FILE(what_runs_elsewhere_is_waited_for),
        WORLD_TEST(a_handler_cannot_wait_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
