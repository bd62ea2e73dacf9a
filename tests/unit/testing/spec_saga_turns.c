/* spec_saga_turns.c - given, when, then for sagas: turns that fail and are run again, and
 * what is recorded of them. */
#include "support/domains/errand_told.h"
#include "support/test.h"

#include "testing/spec.h"

#include <string.h>

/* ---- turns that fail --------------------------------------------------------- */

static void what_is_not_final_is_not_recorded_and_sticks(void **state)
{
    static const enum jangle_result results[] = {JANGLE_TIMEOUT, JANGLE_CONFLICT,
                                                 JANGLE_BUSY, JANGLE_UNKNOWN};
    const struct jn_saga *record;

    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        assert_int_equal(close_spec(state), 0);
        open_spec(state);
        fail_with(results[i]);
        record = &spec->saga.record;
        assert_int_equal(record->count, 1);
        assert_string_equal(record->steps[0].type, "take_coins");
        assert_int_equal(record->status, JANGLE_SAGA_OPEN);
        jangle_then_timeout_at(spec, later);
    }
}

static void a_failed_turn_is_run_again_from_its_first_state_and_time(void **state)
{
    (void)state;
    jangle_spec_at(spec, noon);
    fail_with(JANGLE_TIMEOUT);
    jangle_spec_at(spec, later);
    jangle_when_run_again(spec);
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "later");
    assert_int_equal(seen.at.us, noon.us);
    assert_int_equal(seen.attempt, 2);
    assert_int_equal(seen.coins, 7);
    jangle_given_answer(spec, hand_coins, JANGLE_REJECTED, "never");
    jangle_when_run_again(spec);
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_rejected(spec, "the reaction returned REJECTED: never");
    jangle_given_answer(spec, hand_coins, JANGLE_OK, "");
    jangle_when_run_again(spec);
    jangle_then_rejected(spec, "the reaction returned REJECTED: never");
    assert_int_equal(seen.runs, 4);
}

static void a_first_turn_that_fails_leaves_the_state_as_it_was(void **state)
{
    struct jangle_spec *first = jangle_spec_saga(&errand_saga, "e1");

    (void)state;
    jangle_given_answer(first, ask_payer, JANGLE_TIMEOUT, "later");
    jangle_when(first, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7,
                .until = later);
    jangle_then(first, ask_payer, .purse_id = "bob", .errand_id = "e1", .coins = 7);
    jangle_then_failed(first, JANGLE_TIMEOUT, "later");
    jangle_then_state(first, errand_state, .coins = 0);
    jangle_then_timeout_at(first, later);
    assert_int_equal(jangle_spec_close(first), 0);
}

static enum jangle_result time_out_by_run(struct jangle_turn *turn,
                                          const void *state,
                                          const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    jangle_turn_timeout_at(turn, seen.runs == 1 ? noon : later);
    return jangle_turn_retry_in(turn, 5);
}

static void a_run_that_records_nothing_moves_no_timeout(void **state)
{
    (void)state;
    told_agreed = time_out_by_run;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5);
    jangle_then_timeout_at(spec, noon);
    jangle_when_run_again(spec);
    jangle_then_retry_in(spec, 5);
    jangle_then_timeout_at(spec, noon);
}

static void what_is_busy_is_no_attempt(void **state)
{
    (void)state;
    fail_with(JANGLE_BUSY);
    jangle_when_run_again(spec);
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_failed(spec, JANGLE_BUSY, "later");
    assert_int_equal(seen.attempt, 1);
}

static void a_turn_that_fails_finishes_nothing(void **state)
{
    (void)state;
    told_agreed = finish_then_send;
    jangle_given_answer(spec, take_coins, JANGLE_TIMEOUT, "later");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_TIMEOUT, "later");
    assert_int_equal(spec->saga.record.status, JANGLE_SAGA_OPEN);
    jangle_given_answer(spec, take_coins, JANGLE_OK, "");
    jangle_when_run_again(spec);
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_finished(spec);
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    assert_int_equal(seen.runs, 2);
}

static enum jangle_result ask_once_for_another_run(struct jangle_turn *turn,
                                                   const void *state,
                                                   const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    return seen.runs == 1 ? jangle_turn_retry_in(turn, 5000) : JANGLE_OK;
}

static void a_turn_can_ask_to_be_run_again(void **state)
{
    (void)state;
    told_agreed = ask_once_for_another_run;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5000);
    jangle_then_nothing(spec);
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    assert_int_equal(seen.attempt, 2);
}

static enum jangle_result
refuse_all(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_REJECTED;
}

static void a_turn_that_says_nothing_fails_by_its_result(void **state)
{
    (void)state;
    told_agreed = refuse_all;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_rejected(spec, "the reaction returned REJECTED");
}

static enum jangle_result fail_for_good(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    return jangle_turn_fail(turn, JANGLE_REJECTED, "bob is %s", "away");
}

static void a_turn_can_say_why_it_fails(void **state)
{
    (void)state;
    told_agreed = fail_for_good;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_rejected(spec, "bob is away");
}

/* ---- what is recorded besides ------------------------------------------------ */

static enum jangle_result count_and_send(struct jangle_turn *turn,
                                         const void *state,
                                         const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    jangle_turn_note(turn, try_counted, .count = 3);
    return jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
}

static void a_note_is_in_the_state_when_its_turn_is_over(void **state)
{
    (void)state;
    told_agreed = count_and_send;
    jangle_given_answer(spec, take_coins, JANGLE_TIMEOUT, "later");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_TIMEOUT, "later");
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7);
    assert_int_equal(spec->saga.record.count, 0);
    jangle_given_answer(spec, take_coins, JANGLE_OK, "");
    jangle_when_run_again(spec);
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7, .calls = 3);
}

static enum jangle_result
take_once(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct errand_state *errand = state;

    (void)event;
    note_turn(turn, state);
    if (errand->calls)
        return JANGLE_OK;
    jangle_turn_note(turn, try_counted, .count = 1);
    return jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
}

static void what_is_noted_is_known_to_the_next_turn(void **state)
{
    (void)state;
    told_agreed = take_once;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_nothing(spec);
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7, .calls = 1);
    assert_int_equal(seen.runs, 2);
}

static int now_version;

static enum jangle_result go_by_version(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    if (jangle_turn_version(turn, "take first", now_version) >= 1)
        jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
    return jangle_turn_send(turn, ask_payer, .purse_id = "bob", .errand_id = "e1");
}

static void a_turn_goes_on_in_the_version_that_it_began_with(void **state)
{
    (void)state;
    told_agreed = go_by_version;
    now_version = 1;
    jangle_given_answer(spec, ask_payer, JANGLE_TIMEOUT, "later");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_TIMEOUT, "later");
    now_version = 0;
    jangle_given_answer(spec, ask_payer, JANGLE_OK, "");
    jangle_when_run_again(spec);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1");
    jangle_then_nothing(spec);
}

static void a_run_that_does_not_fit_its_record_names_both_steps(void **state)
{
    (void)state;
    told_agreed = change_its_mind;
    fail_and_change();
    jangle_then_invalid(spec, "recorded as take_coins");
    jangle_then_invalid(spec, "takes return_coins");
    jangle_then_nothing(spec);
    assert_int_equal(spec->saga.record.status, JANGLE_SAGA_PARKED);
}

static void what_was_parked_goes_on_when_it_fits_again(void **state)
{
    (void)state;
    told_agreed = change_its_mind;
    fail_and_change();
    jangle_then_invalid(spec, "recorded as take_coins");
    told_changed = false;
    jangle_given_answer(spec, ask_payer, JANGLE_OK, "");
    jangle_when_run_again(spec);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1");
    jangle_then_nothing(spec);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1");
}

static enum jangle_result send_for_ever(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    enum jangle_result result = JANGLE_OK;

    (void)state, (void)event;
    while (!result) {
        result = jangle_turn_send(turn, write_down, .line = "again");
        seen.runs += !result;
    }
    return result;
}

static void a_saga_has_so_many_steps_and_no_more(void **state)
{
    (void)state;
    told_agreed = send_for_ever;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    for (int i = 0; i < seen.runs; i++)
        jangle_then(spec, write_down, .line = "again");
    jangle_then_invalid(spec, "step_count");
    assert_int_equal(seen.runs, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOLD_TEST(what_is_not_final_is_not_recorded_and_sticks),
        TOLD_TEST(a_failed_turn_is_run_again_from_its_first_state_and_time),
        TOLD_TEST(a_first_turn_that_fails_leaves_the_state_as_it_was),
        TOLD_TEST(a_run_that_records_nothing_moves_no_timeout),
        TOLD_TEST(what_is_busy_is_no_attempt),
        TOLD_TEST(a_turn_that_fails_finishes_nothing),
        TOLD_TEST(a_turn_can_ask_to_be_run_again),
        TOLD_TEST(a_turn_can_say_why_it_fails),
        TOLD_TEST(a_turn_that_says_nothing_fails_by_its_result),
        TOLD_TEST(a_note_is_in_the_state_when_its_turn_is_over),
        TOLD_TEST(what_is_noted_is_known_to_the_next_turn),
        TOLD_TEST(a_turn_goes_on_in_the_version_that_it_began_with),
        TOLD_TEST(a_run_that_does_not_fit_its_record_names_both_steps),
        TOLD_TEST(what_was_parked_goes_on_when_it_fits_again),
        TOLD_TEST(a_saga_has_so_many_steps_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
