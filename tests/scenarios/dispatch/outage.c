/* outage.c - when everything fails, a subscriber is suspended and loses
 * nothing. */
#include "support/domains/follower.h"

#include <string.h>

static struct follower good, bad;

static const struct jangle_subscriber good_one = {.name = "good",
                                                  .context = &good,
                                                  .handlers =
                                                      JANGLE_ARRAY(follower_handlers),
                                                  .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber bad_one = {.name = "bad",
                                                 .context = &bad,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    good = bad = (struct follower){0};
    bad.fails_for = "";
    bad.failures = -1;
    world_init(&world, *state != NULL);
    world_open(&world, &bad_one, &good_one, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&good);
    follower_clear(&bad);
    return 0;
}

/* Hours of it. */
static void let_it_fail(struct world *world, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        world_poll(world);
        world_pass(world, 300000);
    }
}

static void sixteen_keys_in_a_row_are_an_outage(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    world_put_many(world, 40, 40);
    world_poll(world);
    stats = world_measure(world, "bad");
    assert_int_equal(bad.count, 16);
    assert_int_equal(stats.parked, 16);
    assert_int_equal(stats.position, 16);
    assert_int_equal(stats.lag, 24);
    assert_true(stats.suspended.us == world->now_us);
    assert_string_equal(stats.reason,
                        "16 keys failed in a row; the last: not now, purse "
                        "15");
    assert_int_equal(world_measure(world, "good").position, 40);
    assert_int_equal(world_measure(world, "good").suspended.us, 0);
    assert_int_equal(world_rows(world, "bad"), 16);
}

static void fifteen_keys_are_none(void **state)
{
    struct world *world = *state;

    world_put_many(world, 300, 15);
    world_poll(world);
    assert_int_equal(world_measure(world, "bad").suspended.us, 0);
    assert_int_equal(world_measure(world, "bad").parked, 15);
    assert_int_equal(world_measure(world, "bad").position, 300);
}

static void a_success_between_them_breaks_the_row(void **state)
{
    struct world *world = *state;

    bad.failures = 15;
    world_put_many(world, 16, 16);
    world_poll(world);
    bad.failures = 15;
    for (int purse = 16; purse < 31; purse++) {
        char name[16];

        snprintf(name, sizeof name, "%d", purse);
        world_put(world, name);
    }
    world_poll(world);
    assert_int_equal(world_measure(world, "bad").parked, 30);
    assert_int_equal(world_measure(world, "bad").suspended.us, 0);
}

enum { MANY = 100000 / TEST_STRIDE };

static void a_hundred_thousand_events_are_all_handled_in_the_end(void **state)
{
    struct world *world = *state;
    int64_t calls;

    world_put_many(world, MANY, MANY / 10);
    world_poll(world);
    let_it_fail(world, 500);
    assert_true(world_measure(world, "bad").suspended.us != 0);
    assert_true(world_rows(world, "bad") < 10100);
    assert_int_equal(world_measure(world, "bad").dead, 0);
    assert_int_equal(world_measure(world, "good").position, MANY);

    calls = (int64_t)bad.count;
    assert_true(calls > 300 && calls < 600);
    bad.failures = 0;
    world_settle(world, 20);
    assert_int_equal(world_measure(world, "bad").position, MANY);
    assert_int_equal(world_measure(world, "bad").suspended.us, 0);
    assert_int_equal(world_measure(world, "bad").dead, 0);
    assert_int_equal(world_stats(world).dead, 0);
    assert_int_equal((int64_t)bad.count, calls + MANY);
    follower_assert_all(&bad, 1, MANY);
    follower_assert_all(&good, 1, MANY);
    assert_int_equal(world_rows(world, "bad"), 0);
}

/* Sixteen keys may be sixteen sick ones, and no outage. */
static void sick_keys_do_not_hold_the_others(void **state)
{
    struct world *world = *state;

    bad.fails_for = NULL;
    bad.fails_up_to = 16;
    world_put_many(world, 400, 400);
    world_poll(world);
    assert_true(world_measure(world, "bad").suspended.us != 0);
    let_it_fail(world, 4);
    assert_int_equal(world_measure(world, "bad").position, 400);
    for (int64_t position = 17; position <= 400; position++)
        assert_int_equal(follower_handled(&bad, position), 1);
}

static void the_oldest_event_alone_does_not_keep_it_suspended(void **state)
{
    struct world *world = *state;

    world_put_many(world, 16, 16);
    world_poll(world);
    assert_true(world_measure(world, "bad").suspended.us != 0);
    bad.fails_for = "0";
    let_it_fail(world, 4);
    assert_int_equal(world_measure(world, "bad").suspended.us, 0);
    assert_int_equal(
        world_measure(world, "bad").parked + world_measure(world, "bad").dead, 1);
}

static void the_limit_of_parked_keys_is_one_too(void **state)
{
    struct world *world = *state;

    world_close(world);
    world->config.parked_limit = 5;
    world_open(world, &bad_one, &good_one, NULL);
    world_put_many(world, 40, 10);
    world_poll(world);
    assert_int_equal(world_measure(world, "bad").parked, 5);
    assert_int_equal(world_measure(world, "bad").position, 5);
    assert_true(world_measure(world, "bad").suspended.us != 0);
    assert_non_null(strstr(world_measure(world, "bad").reason, "parked_limit"));
    let_it_fail(world, 20);
    assert_int_equal(world_measure(world, "bad").parked, 5);
    assert_int_equal(world_measure(world, "bad").dead, 0);
    bad.failures = 0;
    world_settle(world, 20);
    follower_assert_all(&bad, 1, 40);
}

static void a_suspended_subscriber_is_so_after_a_restart(void **state)
{
    struct world *world = *state;
    int64_t since;

    world_put_many(world, 40, 40);
    world_poll(world);
    since = world_measure(world, "bad").suspended.us;
    world_pass(world, 5000);
    world_close(world);
    world_open(world, &bad_one, &good_one, NULL);
    assert_true(world_measure(world, "bad").suspended.us == since);
    assert_string_equal(world_measure(world, "bad").reason,
                        "16 keys failed in a row; the last: not now, purse 15");
    assert_int_equal(world_measure(world, "bad").parked, 16);
    assert_int_equal(world_measure(world, "bad").dead, 0);
    let_it_fail(world, 100); /* each other try parks a new event */
    assert_int_equal(world_rows(world, "bad"), 40);
    assert_int_equal(world_measure(world, "bad").position, 40);
    assert_int_equal(world_measure(world, "bad").dead, 0);
    bad.failures = 0;
    world_settle(world, 20);
    follower_assert_all(&bad, 1, 40);
    assert_int_equal(world_rows(world, "bad"), 0);
}

/* A person who retries a letter need not wait until the outage is looked at again. */
static void a_dead_letter_that_is_retried_is_tried_at_once(void **state)
{
    struct world *world = *state;

    bad.refuses = true;
    world_put(world, "refused");
    world_poll(world);
    bad.refuses = false;
    world_put_many(world, 40, 40);
    world_poll(world);
    assert_int_equal(world_measure(world, "bad").dead, 1);
    assert_true(world_measure(world, "bad").suspended.us != 0);
    let_it_fail(world, 30);
    world_poll(world);
    bad.failures = 0;
    assert_result(jangle_dead_letter_retry(world->jangle, "bad", 1, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_int_equal(follower_handled(&bad, 1), 1);
    assert_int_equal(world_measure(world, "bad").suspended.us, 0);
    assert_int_equal(world_measure(world, "bad").position, 41);
}

/* Retries that fail in a row are an outage as well. */
static void retries_count(void **state)
{
    struct world *world = *state;

    bad.failures = 15;
    world_put_many(world, 16, 16);
    world_poll(world);
    assert_int_equal(world_measure(world, "bad").suspended.us, 0);
    bad.failures = -1;
    world_pass(world, 300000);
    world_poll(world);
    assert_int_equal(world_measure(world, "bad").suspended.us, 0);
    world_put(world, "99");
    world_poll(world);
    assert_true(world_measure(world, "bad").suspended.us != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(sixteen_keys_in_a_row_are_an_outage),
        WORLD_TEST(fifteen_keys_are_none),
        WORLD_TEST(a_success_between_them_breaks_the_row),
        WORLD_TEST_IN_MEMORY(a_hundred_thousand_events_are_all_handled_in_the_end),
        WORLD_TEST(sick_keys_do_not_hold_the_others),
        WORLD_TEST(the_oldest_event_alone_does_not_keep_it_suspended),
        WORLD_TEST(the_limit_of_parked_keys_is_one_too),
        WORLD_TEST_IN_FILE(a_suspended_subscriber_is_so_after_a_restart),
        WORLD_TEST(a_dead_letter_that_is_retried_is_tried_at_once),
        WORLD_TEST(retries_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
