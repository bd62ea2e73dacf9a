/* turns.c - the turns of a saga: one at a time, in order, each event once; which
 * events wait, which go on, and which are skipped. */
#include "support/domains/talk.h"

#include <stdio.h>
#include <string.h>

#define set_up    talk_set_up
#define tear_down talk_tear_down

/* ---- order ------------------------------------------------------------------- */

static void events_of_several_streams_come_to_one_saga_in_order(void **state)
{
    struct world *world = *state;

    talk_begin(world, "x");
    talk_say(world, "b", "x", "one");
    talk_say(world, "a", "x", "two");
    talk_say(world, "b", "x", "three");
    world_poll(world);
    talk_say(world, "c", "x", "four");
    world_poll(world);
    assert_string_equal(talk.heard, "x:one x:two x:three x:four");
    assert_int_equal(world_stats(world).turns, 5);
}

static void events_behind_a_failing_turn_wait_and_other_sagas_flow(void **state)
{
    struct world *world = *state;

    talk_begin(world, "x");
    talk_begin(world, "y");
    talk.fails_at = "two";
    talk_say(world, "a", "x", "one");
    talk_say(world, "a", "x", "two");
    talk_say(world, "b", "y", "uno");
    talk_say(world, "b", "x", "three");
    talk_say(world, "a", "y", "due");
    talk_say(world, "a", "x", "four");
    world_poll(world);
    assert_string_equal(talk.heard, "x:one y:uno y:due");
    assert_int_equal(talk_left(world).parked, 1);
    talk_reopen(world);
    talk.fails_at = NULL;
    talk_pass(world, 1000);
    talk_say(world, "c", "x", "five");
    world_poll(world);
    assert_string_equal(talk.heard, "x:one y:uno y:due x:two x:three x:four x:five");
    assert_int_equal(talk_left(world).parked, 0);
}

/* More than a batch waits, among as many events of others. */
static void many_events_of_a_waiting_saga_come_in_order(void **state)
{
    struct world *world = *state;
    char word[12], expected[600] = "";

    world_close(world);
    world->config.batch_count = 4;
    tills_open(world, &talk_saga);
    talk_begin(world, "x");
    talk_begin(world, "y");
    talk.fails_at = "first";
    talk_say(world, "a", "x", "first");
    for (int i = 0; i < 15; i++) {
        snprintf(word, sizeof word, "%d", i);
        talk_say(world, "b", "x", word);
        talk_say(world, "b", "z", "nobody");
        talk_say(world, "a", "y", word);
    }
    world_poll(world);
    assert_null(strstr(talk.heard, "x:"));
    talk.fails_at = NULL;
    talk.heard[0] = '\0';
    talk_pass(world, 1000);
    snprintf(expected + strlen(expected), 10, "x:first");
    for (int i = 0; i < 15; i++)
        snprintf(expected + strlen(expected), 10, " x:%d", i);
    assert_string_equal(talk.heard, expected);
    assert_int_equal(talk.runs, 1 + 15 + 16);
}

static void a_turn_has_one_time_and_counts_its_attempts(void **state)
{
    struct world *world = *state;

    talk_begin(world, "x");
    talk.fails_at = "one";
    talk_say(world, "a", "x", "one");
    world_poll(world);
    talk_reopen(world);
    talk_pass(world, 1000);
    talk.fails_at = NULL;
    talk_reopen(world);
    talk_pass(world, 1000);
    assert_string_equal(talk.heard, "x:one");
    assert_int_equal(talk.runs, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(talk.at_us[i], talk.at_us[0]);
        assert_int_equal(talk.attempts[i], i + 1);
    }
    talk_say(world, "a", "x", "two");
    world_poll(world);
    assert_int_equal(talk.at_us[3], world->now_us);
    assert_int_equal(talk.attempts[3], 1);
}

static void a_turn_is_not_tried_again_before_it_asked_for(void **state)
{
    struct world *world = *state;

    talk_begin(world, "x");
    talk.fails_at = "one";
    talk.retry_in_ms = 50000;
    talk_say(world, "a", "x", "one");
    world_poll(world);
    talk_pass(world, 49999);
    assert_int_equal(talk.runs, 1);
    talk.fails_at = NULL;
    talk_pass(world, 1);
    assert_int_equal(talk.runs, 2);
    assert_int_equal(talk.attempts[1], 2);
}

static void a_turn_that_asks_for_no_delay_waits_for_the_first_of_its_policy(void **state)
{
    struct world *world = *state;

    talk_begin(world, "x");
    talk.fails_at = "one";
    talk.retry_in_ms = -5;
    talk_say(world, "a", "x", "one");
    world_poll(world);
    talk_pass(world, 999);
    assert_int_equal(talk.runs, 1);
    talk.fails_at = NULL;
    talk_pass(world, 1);
    assert_int_equal(talk.runs, 2);
}

static void a_turn_may_ask_to_be_run_again_at_once(void **state)
{
    struct world *world = *state;

    talk_begin(world, "x");
    talk.fails_at = "one";
    talk.retry_in_ms = JANGLE_RETRY_AT_ONCE;
    talk_say(world, "a", "x", "one");
    world_poll(world);
    assert_int_equal(talk.runs, 3); /* all that it has */
}

/* Jangle's own trouble is no attempt: it never makes a dead letter. */
static void trouble_that_is_not_the_turns_own_is_no_attempt(void **state)
{
    static const enum jangle_result results[] = {JANGLE_BUSY, JANGLE_STORAGE,
                                                 JANGLE_UNKNOWN, JANGLE_NO_MEMORY};
    struct world *world = *state;

    talk_begin(world, "x");
    talk.fails_at = "one";
    talk_say(world, "a", "x", "one");
    for (size_t i = 0; i < 12; i++) {
        talk.result = results[i % 4];
        talk_pass(world, 400000);
    }
    assert_true(talk.runs >= 12);
    assert_int_equal(talk.attempts[talk.runs - 1], 1);
    assert_int_equal(talk_left(world).dead, 0);
    talk.fails_at = NULL;
    talk_pass(world, 400000);
    assert_string_equal(talk.heard, "x:one");
}

/* ---- which events are skipped ------------------------------------------------ */

static void an_event_that_finds_no_saga_is_passed_over(void **state)
{
    struct world *world = *state;

    talk_say(world, "a", "x", "early");
    world_poll(world);
    assert_string_equal(tills_saga(world, "talk", "x"), "none");
    talk_begin(world, "x");
    talk_say(world, "a", "x", "in time");
    world_poll(world);
    assert_string_equal(talk.heard, "x:in time");
}

static void late_events_do_not_begin_it_again(void **state)
{
    struct world *world = *state;

    talk_begin(world, "x");
    talk_say(world, "a", "x", "bye");
    talk_say(world, "a", "x", "still there?");
    world_poll(world);
    assert_string_equal(tills_saga(world, "talk", "x"), "finished 0");
    talk_reopen(world);
    talk_begin(world, "x");
    talk_say(world, "a", "x", "hello");
    world_poll(world);
    assert_string_equal(talk.heard, "x:bye");
    assert_string_equal(tills_saga(world, "talk", "x"), "finished 0");
}

static void an_event_that_comes_again_changes_nothing(void **state)
{
    struct world *world = *state;

    talk_begin(world, "x");
    talk_say(world, "a", "x", "one");
    talk_say(world, "a", "x", "two");
    world_poll(world);
    for (int64_t from = 0; from < 6; from++) {
        assert_result(jangle_subscriber_reset(world->jangle, "talk", from, &world->error),
                      JANGLE_OK);
        world_poll(world);
    }
    assert_string_equal(talk.heard, "x:one x:two");
    talk_say(world, "a", "x", "three");
    world_poll(world);
    assert_string_equal(talk.heard, "x:one x:two x:three");
}

/* ---- ids --------------------------------------------------------------------- */

static void an_event_without_an_id_is_for_no_saga(void **state)
{
    struct world *world = *state;

    talk_begin(world, "");
    talk_say(world, "a", "", "nothing");
    talk_begin(world, "x");
    talk_say(world, "a", "x", "one");
    world_poll(world);
    assert_string_equal(talk.heard, "x:one");
    assert_int_equal(talk_left(world).dead + talk_left(world).parked, 0);
}

static void an_id_may_have_200_bytes_and_no_more(void **state)
{
    struct world *world = *state;
    char longest[201], longer[202];

    memset(longest, 'x', 200);
    memset(longer, 'y', 201);
    longest[200] = longer[201] = '\0';
    talk_begin(world, longest);
    talk_begin(world, longer);
    talk_begin(world, "z");
    world_poll(world);
    assert_string_equal(tills_saga(world, "talk", longest), "open 0");
    assert_string_equal(tills_saga(world, "talk", "z"), "open 0");
    assert_int_equal(talk_left(world).dead, 1); /* at once: it will not get shorter */
    talk_reopen(world);
    assert_int_equal(talk_left(world).dead, 1);
}

static const char *id_by_word(const struct jangle_event *event)
{
    const struct move_called *called = event->data;

    if (strcmp(event->type->name, "move_called") != 0)
        return NULL;
    return strcmp(called->word, "none") != 0 ? event->aggregate_id : NULL;
}

static void a_function_may_say_which_saga_an_event_is_for(void **state)
{
    struct world *world = *state;
    struct jangle_saga by_word = talk_saga;

    by_word.id_member = NULL;
    by_word.id_of = id_by_word;
    by_word.begins_with = NULL;
    world_close(world);
    tills_open(world, &by_word);
    talk_begin(world, "x");
    talk_say(world, "a", "x", "one");
    talk_say(world, "b", "x", "none");
    talk_say(world, "b", "x", "two");
    world_poll(world);
    assert_string_equal(talk.heard, "a:one b:two");
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(events_of_several_streams_come_to_one_saga_in_order),
        WORLD_TEST(events_behind_a_failing_turn_wait_and_other_sagas_flow),
        WORLD_TEST(many_events_of_a_waiting_saga_come_in_order),
        WORLD_TEST(a_turn_has_one_time_and_counts_its_attempts),
        WORLD_TEST(a_turn_is_not_tried_again_before_it_asked_for),
        WORLD_TEST(a_turn_that_asks_for_no_delay_waits_for_the_first_of_its_policy),
        WORLD_TEST(a_turn_may_ask_to_be_run_again_at_once),
        WORLD_TEST(trouble_that_is_not_the_turns_own_is_no_attempt),
        WORLD_TEST(an_event_that_finds_no_saga_is_passed_over),
        WORLD_TEST(late_events_do_not_begin_it_again),
        WORLD_TEST(an_event_that_comes_again_changes_nothing),
        WORLD_TEST(an_event_without_an_id_is_for_no_saga),
        WORLD_TEST(an_id_may_have_200_bytes_and_no_more),
        WORLD_TEST(a_function_may_say_which_saga_an_event_is_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
