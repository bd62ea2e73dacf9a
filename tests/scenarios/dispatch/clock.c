/* clock.c - the clock jumps an hour: no event is missed, and no storm breaks
 * out. */
#include "support/domains/follower.h"

enum { HOUR_MS = 3600000 };

static struct follower seen;

static const struct jangle_subscriber it = {.name = "it",
                                            .context = &seen,
                                            .handlers = JANGLE_ARRAY(follower_handlers),
                                            .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    seen = (struct follower){0};
    world_init(&world, *state != NULL);
    world_open(&world, &it, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return 0;
}

/* Only the date changes. */
static void jump(struct world *world, int64_t ms)
{
    world->now_us += ms * 1000;
}

/* Ten keys wait for their second attempt; the date jumps; a minute passes in steps. */
static void park_and_jump(struct world *world, int64_t ms, bool restarted)
{
    seen.fails_for = "";
    seen.failures = 10;
    world_put_many(world, 10, 10);
    world_poll(world);
    assert_int_equal(seen.count, 10);
    seen.failures = -1;
    jump(world, ms);
    if (restarted) {
        world_close(world);
        world_open(world, &it, NULL);
    }
    world_put_many(world, 90, 10);
}

/* Nothing comes before its delay, as long as the program runs. */
static void while_it_runs_the_date_does_not_matter(struct world *world, int64_t ms)
{
    park_and_jump(world, ms, false);
    assert_int_equal(world_poll(world), 90);
    assert_int_equal(seen.count, 10);
    seen.failures = 0;
    world_pass(world, 1000);
    world_poll(world);
    follower_assert_all(&seen, 1, 100);
    assert_int_equal(seen.count, 110);
}

static void an_hour_back_while_it_runs(void **state)
{
    while_it_runs_the_date_does_not_matter(*state, -HOUR_MS);
}

static void an_hour_forward_while_it_runs(void **state)
{
    while_it_runs_the_date_does_not_matter(*state, HOUR_MS);
}

/* A restart reads dates: what seems to be due in an hour is due after the longest delay
 * at the latest. */
static void an_hour_back_and_a_restart(void **state)
{
    struct world *world = *state;

    park_and_jump(world, -HOUR_MS, true);
    world_poll(world);
    assert_int_equal(seen.count, 10);
    seen.failures = 0;
    world_pass(world, 300000);
    world_poll(world);
    follower_assert_all(&seen, 1, 100);
    assert_int_equal(seen.count, 110);
}

/* What seems to be long overdue is tried once, and then waits again. */
static void an_hour_forward_and_a_restart(void **state)
{
    struct world *world = *state;

    park_and_jump(world, HOUR_MS, true);
    for (int i = 0; i < 5; i++)
        world_poll(world);
    assert_int_equal(seen.count, 20);
    assert_int_equal(world_measure(world, "it").parked, 10);
    seen.failures = 0;
    world_pass(world, 2000);
    world_poll(world);
    follower_assert_all(&seen, 1, 100);
    assert_int_equal(seen.count, 120);
}

/* Back and forth, many times: the number of attempts is that of the delays alone. */
static void a_clock_that_swings_makes_no_storm(void **state)
{
    struct world *world = *state;

    seen.fails_for = "";
    seen.failures = -1;
    world_put_many(world, 5, 5);
    for (int i = 0; i < 300; i++) {
        jump(world, i % 2 ? HOUR_MS : -HOUR_MS);
        world_poll(world);
        world_pass(world, 10);
    }
    assert_true(seen.count <= 5 * 10);
    seen.failures = 0;
    world_pass(world, 300000);
    world_settle(world, 5);
    follower_assert_all(&seen, 1, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_hour_back_while_it_runs),
        WORLD_TEST(an_hour_forward_while_it_runs),
        WORLD_TEST_IN_FILE(an_hour_back_and_a_restart),
        WORLD_TEST_IN_FILE(an_hour_forward_and_a_restart),
        WORLD_TEST(a_clock_that_swings_makes_no_storm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
