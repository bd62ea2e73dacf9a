/* spec_saga_rules.c - given, when, then for sagas: what each word does, in turns that
 * fail, come again and time out. */
#include "support/errand.h"
#include "support/test.h"

#include "spec.h"

#include <string.h>

static const jangle_time noon = {INT64_C(1800000000000000)};
static const jangle_time later = {INT64_C(1800000060000000)};

static struct jangle_spec *spec;
static int runs;            /* of what was told, in this test */
static jangle_time seen_at; /* by the last of them */
static int seen_attempt;
static int64_t seen_coins;

static int open_spec(void **state)
{
    (void)state;
    spec = jangle_spec_saga(&told_saga, "e1");
    told_agreed = told_timeout = NULL;
    runs = 0;
    jangle_spec_from(spec, "ann");
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7);
    return 0;
}

static int close_spec(void **state)
{
    (void)state;
    return jangle_spec_close(spec);
}

static void note_turn(const struct jangle_turn *turn, const void *state)
{
    const struct errand_state *errand = state;

    runs++;
    seen_at = turn->at;
    seen_attempt = turn->attempt;
    seen_coins = errand->coins;
}

/* ---- given ------------------------------------------------------------------- */

static void what_is_given_is_applied_and_not_reacted_to(void **state)
{
    (void)state;
    jangle_then_nothing(spec);
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7);
}

static void notes_can_be_given(void **state)
{
    (void)state;
    jangle_given(spec, call_counted, .count = 2);
    jangle_given(spec, call_counted, .count = 1);
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7, .calls = 3);
    assert_int_equal(spec->saga.record.position, 1);
}

static void remember_sender(void *state, const struct jangle_event *event)
{
    struct errand_state *errand = state;

    errand->asker_id = event->aggregate_id;
}

static void a_note_comes_from_the_saga(void **state)
{
    static const struct jangle_applier events[] = {
        {&errand_asked, NULL}, {&call_counted, remember_sender}, {0}};
    struct jangle_saga noting = told_saga;
    struct jangle_spec *noted;

    (void)state;
    noting.events = events;
    noted = jangle_spec_saga(&noting, "e1");
    jangle_spec_from(noted, "ann");
    jangle_given(noted, errand_asked, .errand_id = "e1");
    jangle_given(noted, call_counted, .count = 1);
    jangle_then_state(noted, errand_state, .asker_id = "e1");
    assert_int_equal(jangle_spec_close(noted), 0);
}

static const char *find_anything(const struct jangle_event *event)
{
    return event->type == &call_counted ? NULL : "e1";
}

static void notes_of_a_saga_that_finds_its_id_can_be_given(void **state)
{
    struct jangle_saga finding = told_saga;
    struct jangle_spec *found;

    (void)state;
    finding.id_member = NULL;
    finding.id_of = find_anything;
    found = jangle_spec_saga(&finding, "e1");
    jangle_given(found, errand_asked, .coins = 7);
    jangle_given(found, call_counted, .count = 2);
    jangle_when(found, errand_agreed, .errand_id = NULL);
    jangle_then_state(found, errand_state, .coins = 7, .calls = 2);
    assert_int_equal(jangle_spec_close(found), 0);
}

static enum jangle_result
see_event(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    note_turn(turn, state);
    assert_ptr_equal(event->type, &errand_agreed);
    assert_int_equal(event->position, 2 * runs);
    assert_int_equal(event->at.us, turn->at.us);
    assert_string_equal(turn->id, "e1");
    assert_string_equal(event->aggregate_id, runs == 1 ? "ann" : "bob");
    return JANGLE_OK;
}

static void an_event_comes_from_where_and_when_it_is_said(void **state)
{
    (void)state;
    told_agreed = see_event;
    jangle_spec_at(spec, noon);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    assert_int_equal(seen_at.us, noon.us);
    jangle_given(spec, errand_agreed, .errand_id = "e1");
    jangle_spec_from(spec, "bob");
    jangle_spec_at(spec, later);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    assert_int_equal(seen_at.us, later.us);
    assert_int_equal(runs, 2);
}

/* ---- answers ----------------------------------------------------------------- */

static enum jangle_result send_everything(struct jangle_turn *turn,
                                          const void *state,
                                          const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    assert_result(jangle_turn_send(turn, ask_payer, .purse_id = "bob", .errand_id = "e1"),
                  JANGLE_OK);
    assert_string_equal(turn->outcome.reply, "gladly");
    assert_int_equal(strlen(turn->outcome.command_id), 36);
    assert_result(
        jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1"),
        JANGLE_NOT_FOUND);
    assert_string_equal(turn->outcome.error.message, "no such purse");
    assert_result(jangle_turn_send(turn, write_down, .line = "done"), JANGLE_OK);
    assert_string_equal(turn->outcome.reply, "");
    assert_result(jangle_turn_recall(turn, &take_coins), JANGLE_NOT_FOUND);
    assert_result(jangle_turn_recall(turn, &return_coins), JANGLE_RETRY);
    return JANGLE_OK;
}

static void commands_are_answered_as_was_said_last(void **state)
{
    (void)state;
    told_agreed = send_everything;
    jangle_given_answer(spec, ask_payer, JANGLE_REJECTED, "never");
    jangle_given_answer(spec, take_coins, JANGLE_NOT_FOUND, "no such purse");
    jangle_given_answer(spec, ask_payer, JANGLE_OK, "gladly");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_to(spec, &errand_purse_aggregate, "bob", ask_payer, .purse_id = "bob",
                   .errand_id = "e1");
    jangle_then_to(spec, NULL, "bob", take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_to(spec, NULL, "ledger", write_down, .line = "done");
    jangle_then_nothing(spec);
    assert_int_equal(runs, 1);
}

static char long_id[202];

static enum jangle_result hand_nothing(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    assert_result(
        jangle_turn_send(turn, hand_coins, .purse_id = "ann", .errand_id = "e1"),
        JANGLE_INVALID);
    assert_non_null(strstr(turn->outcome.error.message, "hand_coins.coins"));
    assert_result(jangle_turn_send(turn, take_coins, .purse_id = "", .errand_id = "e1"),
                  JANGLE_INVALID);
    assert_non_null(strstr(turn->outcome.error.message, "id is empty"));
    assert_result(
        jangle_turn_send(turn, ask_payer, .purse_id = long_id, .errand_id = "e1"),
        JANGLE_INVALID);
    assert_non_null(strstr(turn->outcome.error.message, "201 bytes"));
    return JANGLE_OK;
}

static void a_command_that_fails_its_check_is_answered_invalid(void **state)
{
    (void)state;
    told_agreed = hand_nothing;
    memset(long_id, 'x', sizeof long_id - 1);
    jangle_given_answer(spec, hand_coins, JANGLE_BUSY, "not asked");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "", .errand_id = "e1");
    jangle_then(spec, ask_payer, .purse_id = long_id, .errand_id = "e1");
    jangle_then_nothing(spec);
    assert_int_equal(runs, 1);
}

/* ---- turns that fail --------------------------------------------------------- */

static enum jangle_result take_and_hand(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    enum jangle_result result;

    (void)event;
    note_turn(turn, state);
    jangle_turn_timeout_at(turn, later);
    jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
    result = jangle_turn_send(turn, hand_coins, .purse_id = "ann", .errand_id = "e1",
                              .coins = 7);
    return result ? result : jangle_turn_finish(turn);
}

static void fail_with(enum jangle_result result)
{
    told_agreed = take_and_hand;
    jangle_given_answer(spec, hand_coins, result, "later");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_failed(spec, result, "hand_coins: later");
}

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
    assert_int_equal(seen_at.us, noon.us);
    assert_int_equal(seen_attempt, 2);
    assert_int_equal(seen_coins, 7);
    jangle_given_answer(spec, hand_coins, JANGLE_REJECTED, "never");
    jangle_when_run_again(spec);
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_rejected(spec, "the reaction returned REJECTED: never");
    jangle_given_answer(spec, hand_coins, JANGLE_OK, "");
    jangle_when_run_again(spec);
    jangle_then_rejected(spec, "the reaction returned REJECTED: never");
    assert_int_equal(runs, 4);
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
    jangle_turn_timeout_at(turn, runs == 1 ? noon : later);
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
    assert_int_equal(seen_attempt, 1);
}

static enum jangle_result finish_then_send(struct jangle_turn *turn,
                                           const void *state,
                                           const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    jangle_turn_finish(turn);
    return jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
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
    assert_int_equal(runs, 2);
}

static enum jangle_result ask_for_another_run(struct jangle_turn *turn,
                                              const void *state,
                                              const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    return runs == 1 ? jangle_turn_retry_in(turn, 5000) : JANGLE_OK;
}

static void a_turn_can_ask_to_be_run_again(void **state)
{
    (void)state;
    told_agreed = ask_for_another_run;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5000);
    jangle_then_nothing(spec);
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    assert_int_equal(seen_attempt, 2);
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
    jangle_turn_note(turn, call_counted, .count = 3);
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
    jangle_turn_note(turn, call_counted, .count = 1);
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
    assert_int_equal(runs, 2);
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

static enum jangle_result change_its_mind(struct jangle_turn *turn,
                                          const void *state,
                                          const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    if (runs == 1)
        jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
    else
        jangle_turn_send(turn, return_coins, .purse_id = "bob", .errand_id = "e1");
    return jangle_turn_send(turn, ask_payer, .purse_id = "bob", .errand_id = "e1");
}

static void a_run_that_does_not_fit_its_record_names_both_steps(void **state)
{
    (void)state;
    told_agreed = change_its_mind;
    jangle_given_answer(spec, ask_payer, JANGLE_TIMEOUT, "later");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_TIMEOUT, "later");
    jangle_when_run_again(spec);
    jangle_then_invalid(spec, "recorded as take_coins");
    jangle_then_invalid(spec, "takes return_coins");
    jangle_then_nothing(spec);
    assert_int_equal(spec->saga.record.status, JANGLE_SAGA_PARKED);
}

static enum jangle_result send_for_ever(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    enum jangle_result result = JANGLE_OK;

    (void)state, (void)event;
    while (!result) {
        result = jangle_turn_send(turn, write_down, .line = "again");
        runs += !result;
    }
    return result;
}

static void a_saga_has_so_many_steps_and_no_more(void **state)
{
    (void)state;
    told_agreed = send_for_ever;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    for (int i = 0; i < runs; i++)
        jangle_then(spec, write_down, .line = "again");
    jangle_then_invalid(spec, "step_count");
    assert_int_equal(runs, 1000);
}

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
    assert_int_equal(seen_at.us, later.us);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_spec_at(spec, (jangle_time){later.us + 5});
    jangle_when_timed_out(spec);
    jangle_then(spec, return_coins, .purse_id = "bob", .errand_id = "e1");
    assert_int_equal(seen_at.us, later.us + 5);
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
    assert_int_equal(runs, 3);
    assert_int_equal(seen_attempt, 1);
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
    assert_int_equal(seen_attempt, 2);
    assert_int_equal(seen_at.us, later.us);
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    assert_int_equal(runs, 2);
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

/* ---- events that no saga gets ------------------------------------------------ */

static void an_event_that_comes_before_the_beginning_does_nothing(void **state)
{
    struct jangle_spec *early = jangle_spec_saga(&told_saga, "e1");

    (void)state;
    told_agreed = send_everything;
    jangle_when(early, errand_agreed, .errand_id = "e1");
    jangle_when_run_again(early);
    jangle_then_nothing(early);
    jangle_then_state(early, errand_state, .calls = 0);
    assert_int_equal(jangle_spec_close(early), 0);
    assert_int_equal(runs, 0);
}

static void an_event_that_comes_after_the_end_does_nothing(void **state)
{
    (void)state;
    told_agreed = finish_then_send;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_finished(spec);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_nothing(spec);
    jangle_when(spec, errand_asked, .errand_id = "e1", .payer_id = "eve");
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = "eve");
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7);
    jangle_then_finished(spec);
    assert_int_equal(runs, 1);
}

int main(void)
{
#define RULE(test) cmocka_unit_test_setup_teardown(test, open_spec, close_spec)
    const struct CMUnitTest tests[] = {
        RULE(what_is_given_is_applied_and_not_reacted_to),
        RULE(notes_can_be_given),
        RULE(a_note_comes_from_the_saga),
        RULE(notes_of_a_saga_that_finds_its_id_can_be_given),
        RULE(an_event_comes_from_where_and_when_it_is_said),
        RULE(commands_are_answered_as_was_said_last),
        RULE(a_command_that_fails_its_check_is_answered_invalid),
        RULE(what_is_not_final_is_not_recorded_and_sticks),
        RULE(a_failed_turn_is_run_again_from_its_first_state_and_time),
        RULE(a_first_turn_that_fails_leaves_the_state_as_it_was),
        RULE(a_run_that_records_nothing_moves_no_timeout),
        RULE(what_is_busy_is_no_attempt),
        RULE(a_turn_that_fails_finishes_nothing),
        RULE(a_turn_can_ask_to_be_run_again),
        RULE(a_turn_can_say_why_it_fails),
        RULE(a_turn_that_says_nothing_fails_by_its_result),
        RULE(a_note_is_in_the_state_when_its_turn_is_over),
        RULE(what_is_noted_is_known_to_the_next_turn),
        RULE(a_turn_goes_on_in_the_version_that_it_began_with),
        RULE(a_run_that_does_not_fit_its_record_names_both_steps),
        RULE(a_saga_has_so_many_steps_and_no_more),
        RULE(a_timeout_takes_the_clock_with_it),
        RULE(a_timeout_closes_the_open_turn_and_recalls_it),
        RULE(a_timeout_that_fails_is_run_again),
        RULE(without_on_timeout_time_out_is_the_end),
        RULE(an_event_that_comes_before_the_beginning_does_nothing),
        RULE(an_event_that_comes_after_the_end_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
