/* spec_saga_timeouts.c - given, when, then for sagas whose timeout comes. */
#include "support/domains/errand_told.h"
#include "support/test.h"

#include "testing/spec.h"

/* ---- time out ---------------------------------------------------------------- */

static enum jangle_result ask_until_later(struct jangle_turn *turn,
                                          const void *state,
                                          const struct jangle_event *event)
{
    (void)state, (void)event;
    jangle_turn_timeout_at(turn, later);
    return JANGLE_OK;
}

static enum jangle_result send_in_time_out(struct jangle_turn *turn,
                                           const void *state,
                                           const struct jangle_event *event)
{
    note_turn(turn, state);
    assert_null(event);
    return jangle_turn_send(turn, return_coins, .purse_id = "bob", .errand_id = "e1");
}

static void a_timeout_takes_the_clock_with_it(void **state)
{
    (void)state;
    told_agreed = ask_until_later;
    told_timeout = send_in_time_out;
    jangle_spec_at(spec, noon);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_when_timed_out(spec);
    jangle_then(spec, return_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_timeout_at(spec, (jangle_time){0});
    assert_int_equal(seen.at.us, later.us);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_spec_at(spec, (jangle_time){later.us + 5});
    jangle_when_timed_out(spec);
    jangle_then(spec, return_coins, .purse_id = "bob", .errand_id = "e1");
    assert_int_equal(seen.at.us, later.us + 5);
}

static enum jangle_result recall_in_time_out(struct jangle_turn *turn,
                                             const void *state,
                                             const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    assert_result(jangle_turn_recall(turn, &take_coins), JANGLE_OK);
    assert_result(jangle_turn_recall(turn, &hand_coins), JANGLE_RETRY);
    return jangle_turn_finish(turn);
}

static void a_timeout_closes_the_open_turn_and_recalls_it(void **state)
{
    (void)state;
    fail_with(JANGLE_TIMEOUT);
    jangle_when_run_again(spec);
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "later");
    told_timeout = recall_in_time_out;
    jangle_when_timed_out(spec);
    jangle_then_finished(spec);
    jangle_then_nothing(spec);
    assert_int_equal(seen.runs, 3);
    assert_int_equal(seen.attempt, 1);
    assert_int_equal(spec->saga.record.position, 2);
}

static void a_timeout_that_fails_is_run_again(void **state)
{
    (void)state;
    told_agreed = ask_until_later;
    told_timeout = send_in_time_out;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_given_answer(spec, return_coins, JANGLE_TIMEOUT, "later");
    jangle_when_timed_out(spec);
    jangle_then(spec, return_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_TIMEOUT, "later");
    jangle_given_answer(spec, return_coins, JANGLE_OK, "");
    jangle_when_run_again(spec);
    jangle_then(spec, return_coins, .purse_id = "bob", .errand_id = "e1");
    assert_int_equal(seen.attempt, 2);
    assert_int_equal(seen.at.us, later.us);
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    assert_int_equal(seen.runs, 2);
}

static void without_on_timeout_time_out_is_the_end(void **state)
{
    struct jangle_saga plain = told_saga;
    struct jangle_spec *ends;

    (void)state;
    plain.on_timeout = NULL;
    told_agreed = ask_until_later;
    ends = jangle_spec_saga(&plain, "e1");
    jangle_given(ends, errand_asked, .errand_id = "e1");
    jangle_when(ends, errand_agreed, .errand_id = "e1");
    jangle_when_timed_out(ends);
    jangle_then_finished(ends);
    assert_int_equal(jangle_spec_close(ends), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOLD_TEST(a_timeout_takes_the_clock_with_it),
        TOLD_TEST(a_timeout_closes_the_open_turn_and_recalls_it),
        TOLD_TEST(a_timeout_that_fails_is_run_again),
        TOLD_TEST(without_on_timeout_time_out_is_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
