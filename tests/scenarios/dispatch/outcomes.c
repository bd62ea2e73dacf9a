/* outcomes.c - what is refused says nothing of an outage; what an outage meets waits and
 * kills nothing; what no program can read stops a program that reads nothing. */
#include "support/domains/follower.h"

#include <string.h>

static struct follower seen;

#define SUBSCRIBER(...)                                                                  \
    {                                                                                    \
        .name = "it", .context = &seen, .handlers = JANGLE_ARRAY(follower_handlers),     \
        .start = JANGLE_FROM_FIRST, __VA_ARGS__                                          \
    }

static const struct jangle_subscriber in_order = SUBSCRIBER(.threads = 1);
static const struct jangle_subscriber any_order = SUBSCRIBER(.order = JANGLE_ANY_ORDER);
static const struct jangle_subscriber passing = SUBSCRIBER(.dead = JANGLE_DEAD_PASSES);
static const struct jangle_subscriber at_once = SUBSCRIBER(.checkpoint = JANGLE_AT_ONCE);
static const struct jangle_subscriber threaded = SUBSCRIBER(.threads = 3);

static const struct jangle_subscriber *const kinds[] = {&in_order, &any_order, &passing,
                                                        &at_once, &threaded};

/* Its handler cannot work as soon as the judge says so: its SQL is wrong. */
static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    if (seen.judge(event->position) == FOLLOWER_FAILS)
        return jangle_view_run(delivery->view, "INSERT INTO nowhere VALUES (1)");
    return follower_handle(delivery, event);
}

static const struct jangle_handler show_handlers[] = {{&coins_put_in, show}};
static const struct jangle_subscriber view = {
    .name = "it",
    .context = &seen,
    .handlers = JANGLE_ARRAY(show_handlers),
    .schema = "CREATE TABLE purses (id TEXT PRIMARY KEY);",
    .schema_version = 1};

static int set_up(void **state)
{
    static struct world world;

    seen = (struct follower){.failures = -1};
    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return 0;
}

static struct jangle_subscriber_stats measure(struct world *world)
{
    return world_measure(world, "it");
}

/* Rounds of five minutes. */
static void let_time_pass(struct world *world, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        world_poll(world);
        world_pass(world, 300000);
    }
}

/* ---- refused ----------------------------------------------------------------- */

static int64_t last_refused;

static enum follower_outcome refuse_the_first(int64_t position)
{
    return position <= last_refused ? FOLLOWER_REFUSES : FOLLOWER_HANDLES;
}

/* Each of a purse of its own. */
static void refuse(struct world *world, const struct jangle_subscriber *kind, int count)
{
    seen.judge = refuse_the_first;
    last_refused = count;
    world_open(world, kind, NULL);
    world_put_many(world, count + 1, count + 1);
    world_poll(world);
    assert_int_equal(measure(world).dead, count);
    assert_int_equal(measure(world).suspended.us, 0);
    assert_int_equal(measure(world).position, count + 1);
    assert_int_equal(follower_handled(&seen, count + 1), 1);
}

static void any_number_of_refusals_is_no_outage(void **state)
{
    struct world *world = *state;
    bool in_file = world->directory[0] != 0;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (int count = 17; count <= 40; count += 23) {
            refuse(world, kinds[i], count);
            assert_int_equal(seen.count, (size_t)count + 1);
            world_finish(world);
            follower_clear(&seen);
            world_init(world, in_file);
        }
    }
}

static void a_view_that_refuses_is_in_no_outage(void **state)
{
    refuse(*state, &view, 40);
}

static enum follower_outcome fail_odd_ones(int64_t position)
{
    return position % 2 ? FOLLOWER_FAILS : FOLLOWER_HANDLES;
}

static enum follower_outcome refuse_all(int64_t position)
{
    (void)position;
    return FOLLOWER_REFUSES;
}

static enum jangle_result retry(void *context, const struct jangle_dead_letter *letter)
{
    return jangle_dead_letter_retry(context, letter->subscriber, letter->position, NULL);
}

/* They have failed, once and long ago: that a person has them tried again is
 * no failure. */
static void dead_letters_that_are_retried_are_no_outage(void **state)
{
    struct world *world = *state;

    world->config.retry.max_attempts = 1;
    seen.judge = fail_odd_ones;
    world_open(world, &in_order, NULL);
    world_put_many(world, 40, 40);
    world_poll(world);
    assert_int_equal(measure(world).dead, 20);
    assert_int_equal(measure(world).suspended.us, 0);
    seen.judge = refuse_all;
    assert_result(jangle_dead_letter_visit(world->jangle, "it", retry, world->jangle,
                                           &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_int_equal(measure(world).suspended.us, 0);
    assert_int_equal(measure(world).dead, 20);
}

/* ---- an outage --------------------------------------------------------------- */

enum { EVENTS = 20000 / TEST_STRIDE, REFUSED_EACH = 50, PURSES = 1000 };

static bool is_out;

static enum follower_outcome refuse_some_in_an_outage(int64_t position)
{
    if (position % REFUSED_EACH == 0)
        return FOLLOWER_REFUSES;
    return is_out ? FOLLOWER_FAILS : FOLLOWER_HANDLES;
}

/* Whatever the outage meets is left to wait, and only what was refused is dead. */
static void an_outage_kills_nothing_but_what_is_refused(void **state)
{
    struct world *world = *state;
    int64_t met, dead;

    seen.judge = refuse_some_in_an_outage;
    is_out = true;
    world_open(world, &passing, NULL);
    world_put_many(world, EVENTS, PURSES);
    let_time_pass(world, 600);
    met = measure(world).position;
    dead = measure(world).dead;
    assert_true(met >= 300 && dead == met / REFUSED_EACH);
    is_out = false;
    world_settle(world, 50);
    assert_int_equal(measure(world).dead, EVENTS / REFUSED_EACH);
    for (size_t i = 0; i < seen.count; i++)
        seen.seen[i].handled |= seen.seen[i].position % REFUSED_EACH == 0;
    follower_assert_all(&seen, 1, EVENTS);
}

static enum follower_outcome fail_all(int64_t position)
{
    (void)position;
    return FOLLOWER_FAILS;
}

/* A thousand rows are enough: then it stands before an event, and says which. */
static void an_outage_parks_a_thousand_and_then_stands(void **state)
{
    struct world *world = *state;

    seen.judge = fail_all;
    world_open(world, &in_order, NULL);
    world_put_many(world, 1100, 1100);
    let_time_pass(world, 2100);
    assert_int_equal(measure(world).parked, 1016);
    assert_int_equal(measure(world).position, 1016);
    assert_int_equal(measure(world).before, 1017);
    assert_true(measure(world).before_tries > 10);
    assert_string_equal(measure(world).before_type, "coins_put_in");
    assert_int_equal(measure(world).dead, 0);
    seen.judge = NULL;
    seen.failures = 0;
    world_settle(world, 50);
    follower_assert_all(&seen, 1, 1100);
    assert_int_equal(measure(world).before, 0);
}

static enum follower_outcome fail_the_first_17(int64_t position)
{
    return position <= 17 ? FOLLOWER_FAILS : FOLLOWER_HANDLES;
}

enum { TWO_TRIALS_MIN = 11 }; /* in an outage that lasts there is one in five minutes */

/* Those that never succeed look like an outage again and again. The others go on. */
static void seventeen_sick_ones_do_not_stop_the_others(void **state)
{
    struct world *world = *state;
    int64_t position;

    seen.judge = fail_the_first_17;
    world_open(world, &in_order, NULL);
    world_put_many(world, 17, 17);
    for (int minute = 0; measure(world).dead < 17; minute++) {
        assert_true(minute < 5000);
        position = world_put(world, "99") - TWO_TRIALS_MIN;
        world_poll(world);
        world_pass(world, 60000);
        if (position > 17)
            assert_int_equal(follower_handled(&seen, position), 1);
    }
    assert_int_equal(measure(world).parked, 0);
    for (position = 1; position <= 17; position++)
        assert_int_equal(follower_handled(&seen, position), 0);
}

/* ---- what no program can handle ---------------------------------------------- */

static void a_program_that_can_read_nothing_is_stopped(void **state)
{
    struct world *world = *state;
    char id[16];

    world_open(world, &in_order, NULL);
    for (int i = 0; i < 40; i++) {
        snprintf(id, sizeof id, "%d", i);
        world_store(world, id, 1, "{\"amount\":\"one\"}");
    }
    world_poll(world);
    assert_int_equal(measure(world).dead, 16);
    assert_int_equal(measure(world).position, 16);
    assert_true(measure(world).suspended.us != 0);
    assert_non_null(strstr(measure(world).reason, "amount"));
    assert_int_equal(seen.count, 0);
}

/* A deployment whose SQL is wrong; then one whose SQL is right. */
static void a_repaired_program_goes_on_and_its_dead_letters_can_be_retried(void **state)
{
    struct world *world = *state;

    seen.judge = fail_all;
    world_open(world, &view, NULL);
    world_put_many(world, 40, 40);
    world_poll(world);
    assert_int_equal(measure(world).dead, 16);
    assert_true(measure(world).suspended.us != 0);
    seen.judge = refuse_the_first;
    last_refused = 0;
    world_settle(world, 50);
    assert_int_equal(measure(world).position, 40);
    assert_int_equal(measure(world).dead, 16);
    for (int64_t position = 1; position <= 16; position++)
        assert_result(
            jangle_dead_letter_retry(world->jangle, "it", position, &world->error),
            JANGLE_OK);
    world_settle(world, 50);
    follower_assert_all(&seen, 1, 40);
    assert_int_equal(measure(world).dead, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(any_number_of_refusals_is_no_outage),
        WORLD_TEST_IN_FILE(a_view_that_refuses_is_in_no_outage),
        WORLD_TEST(dead_letters_that_are_retried_are_no_outage),
        WORLD_TEST_IN_MEMORY(an_outage_kills_nothing_but_what_is_refused),
        WORLD_TEST_IN_MEMORY(an_outage_parks_a_thousand_and_then_stands),
        WORLD_TEST(seventeen_sick_ones_do_not_stop_the_others),
        WORLD_TEST(a_program_that_can_read_nothing_is_stopped),
        WORLD_TEST_IN_FILE(
            a_repaired_program_goes_on_and_its_dead_letters_can_be_retried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
