/* retry.c - what becomes of an event whose handler fails. */
#include "support/domains/follower.h"

#include <stdio.h>
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

static void a_handler_that_fails_three_times_is_called_a_fourth(void **state)
{
    struct world *world = *state;

    bad.fails_for = "";
    bad.failures = 3;
    world_put(world, "1");
    world_settle(world, 20);
    assert_int_equal(bad.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(bad.seen[i].attempt, i + 1);
        assert_int_equal(bad.seen[i].handled, i == 3);
    }
    assert_int_equal(good.count, 1);
    assert_int_equal(world_stats(world).retries, 3);
    assert_int_equal(world_stats(world).deliveries, 2);
    assert_int_equal(world_rows(world, "bad"), 0);
}

static void a_failing_event_is_not_tried_before_it_is_due(void **state)
{
    struct world *world = *state;

    bad.fails_for = "";
    bad.failures = 1;
    world_put(world, "1");
    world_poll(world);
    world_poll(world);
    assert_int_equal(bad.count, 1);
    world_pass(world, 1000);
    world_poll(world);
    assert_int_equal(bad.count, 2);
}

static void a_key_that_fails_holds_its_own_events_and_no_others(void **state)
{
    struct world *world = *state;

    bad.fails_for = "3";
    bad.failures = -1;
    world_put_many(world, 50, 10);
    world_poll(world);
    assert_int_equal(world_measure(world, "bad").position, 50);
    assert_int_equal(world_measure(world, "bad").parked, 1);
    assert_int_equal(world_rows(world, "bad"), 1);
    assert_int_equal(bad.count, 46);
    for (int64_t position = 1; position <= 50; position++)
        assert_int_equal(follower_handled(&bad, position), position % 10 == 4 ? 0 : 1);
    follower_assert_all(&good, 1, 50);

    bad.failures = 0;
    world_settle(world, 5);
    follower_assert_all(&bad, 1, 50);
    assert_int_equal(world_rows(world, "bad"), 0);
}

static void after_its_last_attempt_an_event_is_dead(void **state)
{
    struct world *world = *state;

    bad.fails_for = "3";
    bad.failures = -1;
    world_put_many(world, 20, 10);
    for (int i = 0; i < 30; i++) {
        world_poll(world);
        world_pass(world, 300000);
    }
    assert_int_equal(follower_calls(&bad, 4), 10);
    assert_int_equal(follower_calls(&bad, 14), 0);
    assert_int_equal(world_measure(world, "bad").parked, 0);
    assert_int_equal(world_measure(world, "bad").dead, 1);
    assert_int_equal(world_stats(world).dead, 1);
    assert_int_equal(world_stats(world).retries, 9);
    assert_string_equal(world_measure(world, "bad").reason, "not now, purse 3");
}

static void a_refused_event_is_dead_at_once(void **state)
{
    struct world *world = *state;

    bad.fails_for = "3";
    bad.failures = -1;
    bad.refuses = true;
    world_put_many(world, 20, 10);
    world_poll(world);
    assert_int_equal(follower_calls(&bad, 4), 1);
    assert_int_equal(world_measure(world, "bad").dead, 1);
    assert_string_equal(world_measure(world, "bad").reason, "never of purse 3");
}

static void a_handler_says_when_it_wants_to_be_called_again(void **state)
{
    struct world *world = *state;

    bad.fails_for = "3";
    bad.failures = 1;
    bad.retry_in_ms = 86400000;
    world_put(world, "3");
    world_poll(world);
    world_pass(world, 86399999);
    world_poll(world);
    assert_int_equal(bad.count, 1);
    world_pass(world, 1);
    world_poll(world);
    assert_int_equal(bad.count, 2);
    assert_int_equal(bad.seen[1].attempt, 2);
}

/* It would be called ten thousand times a second. */
static void
a_handler_that_asks_for_no_delay_waits_for_the_first_of_its_policy(void **state)
{
    static const int64_t asked[] = {0, -1, -5, INT64_MIN + 1};
    struct world *world = *state;

    bad.fails_for = "";
    bad.asks_again = true;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        size_t before = bad.count;

        bad.retry_in_ms = asked[i];
        bad.failures = 1;
        world_put(world, "3");
        world_poll(world);
        world_pass(world, 999);
        world_poll(world);
        assert_int_equal(bad.count, before + 1);
        world_pass(world, 1);
        world_poll(world);
        assert_int_equal(bad.count, before + 2);
        assert_int_equal(bad.seen[before + 1].attempt, 2);
    }
}

static void a_handler_may_ask_to_be_called_at_once(void **state)
{
    struct world *world = *state;

    bad.fails_for = "3";
    bad.failures = 4;
    bad.retry_in_ms = JANGLE_RETRY_AT_ONCE;
    world_put(world, "3");
    world_poll(world);
    assert_int_equal(bad.count, 5);
    assert_int_equal(bad.seen[4].attempt, 5);
}

/* Jangle's own failures are no attempts: the event never dies of them. */
static void troubles_of_jangle_are_no_attempts(void **state)
{
    static const enum jangle_result troubles[] = {
        JANGLE_CLOSED, JANGLE_BUSY, JANGLE_STORAGE, JANGLE_UNKNOWN, JANGLE_NO_MEMORY};
    struct world *world = *state;

    bad.fails_for = "3";
    bad.failures = -1;
    world_put_many(world, 20, 10);
    for (size_t i = 0; i < 60; i++) {
        bad.result = troubles[i % 5];
        world_poll(world);
        world_pass(world, 300000);
    }
    assert_true(follower_calls(&bad, 4) > 10);
    for (size_t i = 0; i < bad.count; i++)
        assert_int_equal(bad.seen[i].attempt, 1);
    assert_int_equal(world_measure(world, "bad").dead, 0);
    bad.failures = 0;
    world_settle(world, 5);
    follower_assert_all(&bad, 1, 20);
}

/* What a handler is told: the same key each time, another for each event. */
static char keys[3][80];
static int key_count;

static enum jangle_result note_key(struct jangle_delivery *delivery,
                                   const struct jangle_event *event)
{
    struct world *world = delivery->context;

    (void)event;
    assert_null(delivery->view);
    assert_false(delivery->replaying);
    assert_true(delivery->at.us == world->now_us);
    snprintf(keys[key_count++], sizeof keys[0], "%s", delivery->key);
    return key_count == 1 ? JANGLE_REJECTED : JANGLE_OK;
}

static void each_attempt_of_an_event_has_the_same_key(void **state)
{
    static const struct jangle_handler handlers[] = {{&coins_put_in, note_key}};
    struct world *world = *state;
    struct jangle_subscriber noting = good_one;

    key_count = 0;
    noting.handlers = (struct jangle_handlers)JANGLE_ARRAY(handlers);
    noting.context = world;
    world_close(world);
    world_open(world, &noting, NULL);
    world_put_many(world, 2, 2);
    world_poll(world);
    world_pass(world, 1000);
    world_poll(world);
    assert_int_equal(key_count, 3);
    assert_int_equal(strncmp(keys[0], "good/", 5), 0);
    assert_int_equal(strlen(keys[0]), 5 + 36);
    assert_string_not_equal(keys[0], keys[1]);
    assert_string_equal(keys[0], keys[2]);
    world_close(world);
}

/* What is told about it. */
static void count_topic(void *context, const struct jangle_log_entry *entry)
{
    static const char *const topics[] = {"EVENT_DELIVERED", "EVENT_RETRIED", "EVENT_DEAD",
                                         "SUBSCRIBER_TAKEN"};
    int *counts = context;

    for (int i = 0; i < 4; i++)
        counts[i] += !strcmp(entry->topic, topics[i]);
}

static void what_happens_is_logged(void **state)
{
    static const struct jangle_log_level levels[] = {
        {JANGLE_LOG_EVENT_DELIVERED, JANGLE_LEVEL_DEBUG}};
    struct world *world = *state;
    int counts[4] = {0};

    world_close(world);
    world->config.host.logger = (struct jangle_logger){count_topic, counts};
    world->config.log_levels = (struct jangle_log_levels)JANGLE_ARRAY(levels);
    world->config.retry.max_attempts = 3;
    world_open(world, &bad_one, &good_one, NULL);
    assert_int_equal(counts[3], 2);
    bad.fails_for = "3";
    bad.failures = -1;
    world_put_many(world, 10, 10);
    for (int i = 0; i < 10; i++) {
        world_poll(world);
        world_pass(world, 60000);
    }
    assert_int_equal(counts[0], 19);
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 1);
    world_close(world);
}

static void parked_keys_survive_a_restart(void **state)
{
    struct world *world = *state;

    bad.fails_for = "3";
    bad.failures = 2;
    world_put_many(world, 50, 10);
    world_poll(world);
    world_close(world);
    world_open(world, &bad_one, &good_one, NULL);
    assert_int_equal(world_measure(world, "bad").parked, 1);
    assert_int_equal(world_measure(world, "bad").position, 50);
    assert_string_equal(world_measure(world, "bad").reason, "not now, purse 3");
    world_put_many(world, 50, 10);
    world_settle(world, 20);
    follower_assert_all(&bad, 1, 100);
    follower_assert_all(&good, 1, 100);
    assert_int_equal(bad.count, 102);
    assert_int_equal(follower_calls(&bad, 4), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_handler_that_fails_three_times_is_called_a_fourth),
        WORLD_TEST(a_failing_event_is_not_tried_before_it_is_due),
        WORLD_TEST(a_key_that_fails_holds_its_own_events_and_no_others),
        WORLD_TEST(after_its_last_attempt_an_event_is_dead),
        WORLD_TEST(a_refused_event_is_dead_at_once),
        WORLD_TEST(a_handler_says_when_it_wants_to_be_called_again),
        WORLD_TEST(a_handler_that_asks_for_no_delay_waits_for_the_first_of_its_policy),
        WORLD_TEST(a_handler_may_ask_to_be_called_at_once),
        WORLD_TEST(troubles_of_jangle_are_no_attempts),
        WORLD_TEST(each_attempt_of_an_event_has_the_same_key),
        WORLD_TEST(what_happens_is_logged),
        WORLD_TEST_IN_FILE(parked_keys_survive_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
