/* threads.c - workers: a handler that blocks holds nobody but those behind it. */
#include "support/domains/follower.h"

#include <jangle/plugin/support.h>
#include <jangle/view.h>

#include <pthread.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>

/* ---- a gate that handlers stand at ------------------------------------------- */

static struct gate {
    struct jn_mutex mutex;
    struct jn_cond moved;
    bool shut;
    int waiting, passed;
} gate;

static void shut_gate(bool shut)
{
    jn_mutex_lock(&gate.mutex);
    gate.shut = shut;
    jn_cond_broadcast(&gate.moved);
    jn_mutex_unlock(&gate.mutex);
}

static void wait_for_somebody_at_the_gate(int count)
{
    jn_mutex_lock(&gate.mutex);
    while (gate.waiting < count)
        jn_cond_wait(&gate.moved, &gate.mutex);
    jn_mutex_unlock(&gate.mutex);
}

static int at_the_gate(void)
{
    int waiting;

    jn_mutex_lock(&gate.mutex);
    waiting = gate.waiting;
    jn_mutex_unlock(&gate.mutex);
    return waiting;
}

static enum jangle_result go_through(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    jn_mutex_lock(&gate.mutex);
    gate.waiting++;
    jn_cond_broadcast(&gate.moved);
    while (gate.shut)
        jn_cond_wait(&gate.moved, &gate.mutex);
    gate.waiting--;
    gate.passed++;
    jn_mutex_unlock(&gate.mutex);
    return delivery->context ? follower_handle(delivery, event) : JANGLE_OK;
}

static const struct jangle_handler gate_handlers[] = {{&coins_put_in, go_through}};

static enum jangle_result count_event(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO seen VALUES (?)",
                           event->position);
}

static struct follower seen, other;
static struct world *reset_world;
static const struct jangle_subscriber blocked = {.name = "blocked",
                                                 .context = &seen,
                                                 .handlers = JANGLE_ARRAY(gate_handlers),
                                                 .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber blocked_too = {.name = "blocked-too",
                                                     .handlers =
                                                         JANGLE_ARRAY(gate_handlers),
                                                     .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber free_one = {.name = "free",
                                                  .context = &other,
                                                  .handlers =
                                                      JANGLE_ARRAY(follower_handlers),
                                                  .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber view = {
    .name = "view",
    .handlers = JANGLE_HANDLERS({&coins_put_in, count_event}),
    .schema = "CREATE TABLE seen (position INTEGER PRIMARY KEY);"};

static int set_up(void **state)
{
    static struct world world;

    seen = other = (struct follower){0};
    assert_int_equal(jn_mutex_init(&gate.mutex), 0);
    assert_int_equal(jn_cond_init(&gate.moved), 0);
    gate.shut = false;
    gate.waiting = gate.passed = 0;
    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    jn_cond_finish(&gate.moved);
    jn_mutex_finish(&gate.mutex);
    follower_clear(&seen);
    follower_clear(&other);
    return 0;
}

/* ---- blocked handlers -------------------------------------------------------- */

static void commands_and_others_go_on_beside_a_blocked_handler(void **state)
{
    struct world *world = *state;

    world->config.workers = 3;
    shut_gate(true);
    world_open(world, &blocked, &free_one, &view, NULL);
    world_put(world, "0");
    wait_for_somebody_at_the_gate(1);
    world_put_many(world, 1000, 10);
    assert_result(jangle_wait(world->jangle, "free", 1001, -1, &world->error), JANGLE_OK);
    assert_result(jangle_wait(world->jangle, "view", 1001, -1, &world->error), JANGLE_OK);
    assert_int_equal(world_measure(world, "blocked").position, 0);
    assert_int_equal(at_the_gate(), 1);
    shut_gate(false);
    assert_result(jangle_drain(world->jangle, -1, NULL, &world->error), JANGLE_OK);
    world_close(world);
    follower_assert_all(&seen, 1, 1001);
    follower_assert_all(&other, 1, 1001);
}

/* How many events were handled before the reset returned. */
static void *reset_to_0(void *passed)
{
    assert_result(jangle_subscriber_reset(reset_world->jangle, "blocked", 0, NULL),
                  JANGLE_OK);
    jn_mutex_lock(&gate.mutex);
    *(int *)passed = gate.passed;
    jn_mutex_unlock(&gate.mutex);
    return NULL;
}

/* A reset that waits, because a handler is at the gate. */
static pthread_t begin_reset(struct world *world, int *passed)
{
    pthread_t meddler;

    reset_world = world;
    world->config.workers = 2;
    shut_gate(true);
    world_open(world, &blocked, NULL);
    world_put_many(world, 3, 1);
    wait_for_somebody_at_the_gate(1);
    assert_int_equal(pthread_create(&meddler, NULL, reset_to_0, passed), 0);
    while (!world_is_held(world, "blocked"))
        sched_yield();
    return meddler;
}

/* What the handler does is done before the checkpoint is set, and done again after it. */
static void a_reset_waits_until_the_handler_has_returned(void **state)
{
    struct world *world = *state;
    int passed = 0;
    pthread_t meddler = begin_reset(world, &passed);

    shut_gate(false);
    assert_int_equal(pthread_join(meddler, NULL), 0);
    assert_true(passed >= 1);
    assert_result(jangle_drain(world->jangle, -1, NULL, &world->error), JANGLE_OK);
    world_close(world);
    assert_int_equal(follower_calls(&seen, 1), 2);
}

/* Who comes second is told what the subscriber is held for, and figures call nothing a
 * replay that is none. */
static void a_reset_is_shown_as_a_reset(void **state)
{
    struct world *world = *state;
    int passed = 0;
    pthread_t meddler = begin_reset(world, &passed);

    assert_false(world_measure(world, "blocked").replaying);
    assert_result(jangle_dead_letter_skip(world->jangle, "blocked", 1, &world->error),
                  JANGLE_BUSY);
    assert_string_equal(world->error.message,
                        "\"blocked\" is being reset to another position: try again when "
                        "that is done");
    shut_gate(false);
    assert_int_equal(pthread_join(meddler, NULL), 0);
    world_close(world);
}

/* As many blocked handlers as there are workers, but for the one that is kept free. */
static void views_are_never_starved_by_blocked_handlers(void **state)
{
    struct world *world = *state;

    world->config.workers = 2;
    shut_gate(true);
    world_open(world, &blocked, &blocked_too, &view, NULL);
    world_put_many(world, 500, 10);
    wait_for_somebody_at_the_gate(1);
    assert_result(jangle_wait(world->jangle, "view", 500, -1, &world->error), JANGLE_OK);
    assert_int_equal(at_the_gate(), 1);
    shut_gate(false);
    assert_result(jangle_drain(world->jangle, -1, NULL, &world->error), JANGLE_OK);
    assert_int_equal(world_measure(world, "blocked-too").position, 500);
}

static void close_does_not_tear_a_handler_away(void **state)
{
    struct world *world = *state;

    world->config.workers = 2;
    shut_gate(true);
    world_open(world, &blocked, NULL);
    world_put_many(world, 3, 1);
    wait_for_somebody_at_the_gate(1);
    assert_result(jangle_close(world->jangle, 0), JANGLE_TIMEOUT);
    assert_result(jangle_close(world->jangle, 20), JANGLE_TIMEOUT);
    assert_result(jangle_send(world->jangle, NULL, put_in, .purse_id = "1", .amount = 1),
                  JANGLE_CLOSED);
    assert_int_equal(world_measure(world, "blocked").position, 0);
    shut_gate(false);
    world_close(world);
    assert_int_equal(seen.count, 1);
    if (!world->file[0])
        return;

    /* Its checkpoint lies behind what it did; what it did not do was not lost. */
    world_open(world, &blocked, NULL);
    assert_result(jangle_drain(world->jangle, -1, NULL, &world->error), JANGLE_OK);
    world_close(world);
    follower_assert_all(&seen, 1, 3);
}

/* ---- many at once ------------------------------------------------------------ */

enum { SENDERS = 4, EACH = 300 };

static void *send_some(void *context)
{
    struct world *world = context;

    for (int i = 0; i < EACH; i++) {
        char purse[16];

        snprintf(purse, sizeof purse, "%d", i % 20);
        jangle_send(world->jangle, NULL, put_in, .purse_id = purse, .amount = 1);
    }
    return NULL;
}

/* The ring is far too small, so events come from it and from the store in turn. */
static void each_event_comes_once_and_in_order_while_many_send(void **state)
{
    struct world *world = *state;
    pthread_t senders[SENDERS];
    struct jangle_left left;

    world->config.workers = 3;
    world->config.dispatch_queue_count = 7;
    world->config.batch_count = 10;
    world_open(world, &free_one, &view, &blocked, NULL);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&senders[i], NULL, send_some, world), 0);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
    world_close(world);
    follower_assert_all(&seen, 1, SENDERS * EACH);
    follower_assert_all(&other, 1, SENDERS * EACH);
}

/* The same under failures, retries and people who look and meddle. */
static void *meddle(void *context)
{
    struct world *world = context;
    struct jangle_subscriber_stats stats;

    for (int i = 0; i < 200; i++) {
        jangle_measure_subscriber(world->jangle, "free", &stats, NULL);
        jangle_dead_letter_retry(world->jangle, "free", i, NULL);
        jangle_wait(world->jangle, "view", i, 1, NULL);
        world_pass(world, 1000);
    }
    return NULL;
}

static void nothing_is_lost_among_failures_and_meddling(void **state)
{
    struct world *world = *state;
    pthread_t senders[SENDERS], meddler;

    world->config.workers = 3;
    world->config.retry.max_attempts = -1;
    other.fails_for = "3";
    other.failures = 100;
    world_open(world, &free_one, &view, NULL);
    assert_int_equal(pthread_create(&meddler, NULL, meddle, world), 0);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&senders[i], NULL, send_some, world), 0);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    pthread_join(meddler, NULL);
    while (world_measure(world, "free").parked) {
        world_pass(world, 300000);
        assert_result(jangle_drain(world->jangle, -1, NULL, &world->error), JANGLE_OK);
    }
    world_close(world);
    follower_assert_all(&other, 1, SENDERS * EACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(commands_and_others_go_on_beside_a_blocked_handler),
        WORLD_TEST(a_reset_waits_until_the_handler_has_returned),
        WORLD_TEST(a_reset_is_shown_as_a_reset),
        WORLD_TEST(views_are_never_starved_by_blocked_handlers),
        WORLD_TEST(close_does_not_tear_a_handler_away),
        WORLD_TEST(each_event_comes_once_and_in_order_while_many_send),
        WORLD_TEST(nothing_is_lost_among_failures_and_meddling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
