/* spec_saga_complaints.c - given, when, then for sagas: what does not hold is said in
 * words, and counted once. */
#include "support/complaints.h"
#include "support/errand.h"
#include "support/failing_allocator.h"
#include "support/purse.h"
#include "support/test.h"

#include "spec.h"

#include <string.h>

static const jangle_time noon = {INT64_C(1800000000000000)};

static struct jangle_spec *spec;

static void begin(void)
{
    spec = jangle_spec_saga(&errand_saga, "e1");
    jangle_spec_from(spec, "ann");
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7,
                 .until = noon);
}

static void begin_told(jangle_react_fn *agreed)
{
    spec = jangle_spec_saga(&told_saga, "e1");
    told_agreed = agreed;
    told_timeout = NULL;
    jangle_given(spec, errand_asked, .errand_id = "e1");
}

/* ---- what a turn did, and nobody named --------------------------------------- */

static void an_unnamed_command(void)
{
    begin();
    jangle_when(spec, errand_declined, .errand_id = "e1");
}

static void an_unnamed_command_before_nothing(void)
{
    begin();
    jangle_when(spec, errand_declined, .errand_id = "e1");
    jangle_then_nothing(spec);
}

static void an_unnamed_failure(void)
{
    begin();
    jangle_given_answer(spec, take_coins, JANGLE_TIMEOUT, "no answer");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
}

static enum jangle_result
retry(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    return jangle_turn_retry_in(turn, 5000);
}

static void an_unnamed_wish_to_be_run_again(void)
{
    begin_told(retry);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
}

static bool changed;

static const char *errand_id = "e1"; /* in the commands of: */

static enum jangle_result
change(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    jangle_turn_timeout_at(turn, noon);
    if (changed)
        jangle_turn_send(turn, return_coins, .purse_id = "bob", .errand_id = errand_id);
    else
        jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = errand_id);
    return jangle_turn_send(turn, ask_payer, .purse_id = "bob", .errand_id = errand_id);
}

static void fail_and_change(void)
{
    changed = false;
    jangle_given_answer(spec, ask_payer, JANGLE_TIMEOUT, "no answer");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = errand_id);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = errand_id);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "no answer");
    changed = true;
    jangle_when_run_again(spec);
}

static void an_unnamed_mismatch(void)
{
    begin_told(change);
    fail_and_change();
}

static enum jangle_result send_rubbish(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    (void)state, (void)event;
    jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "\xff");
    return JANGLE_OK;
}

static void a_command_that_cannot_be_written(void)
{
    begin_told(send_rubbish);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
}

/* ---- what a then says, and is not so ----------------------------------------- */

static void decline(void)
{
    begin();
    jangle_when(spec, errand_declined, .errand_id = "e1");
}

static void name_it(void)
{
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "declined");
}

static void another_member(void)
{
    decline();
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "timed out");
}

static void another_command(void)
{
    decline();
    jangle_then(spec, take_coins, .purse_id = "ann");
}

static void one_command_too_many(void)
{
    decline();
    name_it();
    jangle_then(spec, take_coins, .purse_id = "bob");
}

static void a_command_of_a_turn_that_did_nothing(void)
{
    begin();
    jangle_then(spec, take_coins, .purse_id = "bob");
}

static void another_target(void)
{
    decline();
    jangle_then_to(spec, NULL, "bob", tell_failed, .purse_id = "ann", .errand_id = "e1",
                   .reason = "declined");
}

static void an_aggregate_that_does_not_decide_it(void)
{
    decline();
    jangle_then_to(spec, &errand_purse_aggregate, "ann", tell_failed, .purse_id = "ann",
                   .errand_id = "e1", .reason = "declined");
}

static void an_end_that_is_none(void)
{
    begin();
    jangle_then_finished(spec);
}

static void another_state(void)
{
    begin();
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 8);
}

static void a_state_of_another_type(void)
{
    begin();
    jangle_then_state(spec, purse_state, .total = 7);
}

static void a_timeout_that_is_not_set(void)
{
    begin();
    jangle_then_timeout_at(spec, noon);
}

static void a_failure_that_is_none(void)
{
    begin();
    jangle_then_rejected(spec, "no");
}

static void another_failure(void)
{
    begin_told(retry);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_TIMEOUT, "");
}

static void a_failure_for_another_reason(void)
{
    begin_told(retry);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_RETRY, "because");
}

static void a_wish_to_be_run_again_that_is_none(void)
{
    decline();
    name_it();
    jangle_then_retry_in(spec, 5000);
}

static void a_wish_to_be_run_again_at_another_time(void)
{
    begin_told(retry);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 6000);
}

static void a_wish_of_an_earlier_turn(void)
{
    begin_told(retry);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5000);
    told_agreed = NULL;
    jangle_when_run_again(spec);
    jangle_then_retry_in(spec, 5000);
}

/* ---- what cannot be ---------------------------------------------------------- */

static void an_event_given_before_the_beginning(void)
{
    spec = jangle_spec_saga(&errand_saga, "e1");
    jangle_given(spec, errand_agreed, .errand_id = "e1");
}

static void a_note_given_before_the_beginning(void)
{
    spec = jangle_spec_saga(&errand_saga, "e1");
    jangle_given(spec, call_counted, .count = 1);
}

static void a_note_that_would_begin(void)
{
    static struct jangle_saga any;

    any = told_saga;
    any.begins_with = NULL;
    spec = jangle_spec_saga(&any, "e1");
    jangle_given(spec, call_counted, .count = 1);
}

static void a_note_that_comes_as_an_event(void)
{
    begin();
    jangle_when(spec, call_counted, .count = 1);
}

static void an_event_it_does_not_listen_to(void)
{
    begin();
    jangle_when(spec, coins_put_in, .amount = 1);
}

static void an_event_for_another(void)
{
    begin();
    jangle_when(spec, errand_declined, .errand_id = "e2");
}

static void an_event_for_nobody(void)
{
    begin();
    jangle_given(spec, errand_declined, .errand_id = "");
}

static void an_event_behind_an_open_turn(void)
{
    begin_told(retry);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5000);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
}

static void an_event_given_behind_an_open_turn(void)
{
    begin_told(retry);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5000);
    jangle_given(spec, errand_agreed, .errand_id = "e1");
}

static void another_run_of_nothing(void)
{
    begin();
    jangle_when_run_again(spec);
}

static void time_out_with_no_timeout(void)
{
    begin();
    jangle_when_timed_out(spec);
}

static void time_out_after_the_end(void)
{
    decline();
    name_it();
    jangle_when_timed_out(spec);
}

static enum jangle_result
set_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    jangle_turn_timeout_at(turn, noon);
    return changed
               ? JANGLE_OK
               : jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
}

static void time_out_of_a_parked_saga(void)
{
    begin_told(change);
    fail_and_change();
    jangle_then_invalid(spec, "take_coins");
    jangle_when_timed_out(spec);
}

static void time_out_of_a_turn_that_was_busy_at_once(void)
{
    begin_told(set_timeout);
    changed = false;
    jangle_given_answer(spec, take_coins, JANGLE_BUSY, "come again");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_BUSY, "come again");
    jangle_when_timed_out(spec);
}

static void time_out_in_the_middle_of_time_out(void)
{
    begin_told(set_timeout);
    changed = true;
    told_timeout = retry;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_when_timed_out(spec);
    jangle_then_retry_in(spec, 5000);
    jangle_when_timed_out(spec);
}

static void an_answer_to_what_is_no_command(void)
{
    begin();
    jangle_given_answer(spec, errand_agreed, JANGLE_OK, "");
}

/* ---- words of the other kind ------------------------------------------------- */

static void begin_purse(void)
{
    spec = jangle_spec_aggregate(&purse_aggregate, "1");
}

static void from_of_an_aggregate(void)
{
    begin_purse();
    jangle_spec_from(spec, "ann");
}

static void answer_of_an_aggregate(void)
{
    begin_purse();
    jangle_given_answer(spec, take_coins, JANGLE_OK, "");
}

static void time_out_of_an_aggregate(void)
{
    begin_purse();
    jangle_when_timed_out(spec);
}

static void another_run_of_an_aggregate(void)
{
    begin_purse();
    jangle_when_run_again(spec);
}

static void end_of_an_aggregate(void)
{
    begin_purse();
    jangle_then_finished(spec);
}

static void retry_of_an_aggregate(void)
{
    begin_purse();
    jangle_then_retry_in(spec, 5);
}

static void timeout_of_an_aggregate(void)
{
    begin_purse();
    jangle_then_timeout_at(spec, noon);
}

static void reply_of_a_saga(void)
{
    begin();
    jangle_then_reply(spec, "no");
}

/* ---- all of them ------------------------------------------------------------- */

static const struct wrong {
    void (*say)(void);
    const char *words;
} wrong[] = {
    {an_unnamed_command,
     "tell_failed {\"purse_id\":\"ann\",\"errand_id\":\"e1\",\"reason\":\"declined\"} "
     "was sent, and no jangle_then named it"},
    {an_unnamed_command_before_nothing, "was sent, and no jangle_then named it"},
    {an_unnamed_failure, "the turn ended with TIMEOUT: take_coins: no answer"},
    {an_unnamed_wish_to_be_run_again,
     "the turn ended with RETRY: the reaction asked to be run again"},
    {an_unnamed_mismatch,
     "step 1 of this turn is recorded as take_coins, and now the code takes "
     "return_coins"},
    {a_command_that_cannot_be_written, "take_coins cannot be sent: "},
    {another_member, "tell_failed.reason is \"declined\", not \"timed out\""},
    {another_command, "was sent, not take_coins"},
    {one_command_too_many, "take_coins was not sent: there were no more commands"},
    {a_command_of_a_turn_that_did_nothing,
     "take_coins was not sent: there were no commands"},
    {another_target, "tell_failed was sent to ann, not to bob"},
    {an_aggregate_that_does_not_decide_it,
     "tell_failed was sent, which purse does not decide"},
    {an_end_that_is_none, "the saga is not over"},
    {another_state, "errand_state.coins is 7, not 8"},
    {a_state_of_another_type, "the state is a errand_state, not a purse_state"},
    {a_timeout_that_is_not_set, "the timeout is at 0, not at 1800000000000000"},
    {a_failure_that_is_none, "the turn ended with OK, not with REJECTED"},
    {another_failure,
     "the turn ended with RETRY: the reaction asked to be run again, not with TIMEOUT"},
    {a_failure_for_another_reason,
     "the reason is \"the reaction asked to be run again\", not \"because\""},
    {a_wish_to_be_run_again_that_is_none, "the turn did not ask to be run again"},
    {a_wish_to_be_run_again_at_another_time, "in 5000 ms, not in 6000"},
    {a_wish_of_an_earlier_turn, "the turn did not ask to be run again"},
    {an_event_given_before_the_beginning, "errand_agreed comes before errand has begun"},
    {a_note_given_before_the_beginning, "call_counted comes before errand has begun"},
    {a_note_that_would_begin, "call_counted comes before told has begun"},
    {a_note_that_comes_as_an_event, "call_counted is a note: errand tells it itself"},
    {an_event_it_does_not_listen_to, "errand does not listen to coins_put_in"},
    {an_event_for_another, "errand_declined is for e2, and this is about e1"},
    {an_event_for_nobody, "errand_declined is for no saga: it has no id"},
    {an_event_behind_an_open_turn,
     "errand_agreed waits: the turn before it is still open"},
    {an_event_given_behind_an_open_turn,
     "errand_agreed waits: the turn before it is still open"},
    {another_run_of_nothing, "there was no turn that could be run again"},
    {time_out_with_no_timeout, "errand has no timeout"},
    {time_out_after_the_end, "errand has no timeout: it is over"},
    {time_out_of_a_parked_saga, "told is parked, and its timeout with it"},
    {time_out_of_a_turn_that_was_busy_at_once, "told has no timeout"},
    {time_out_in_the_middle_of_time_out,
     "told has timed out, and that turn is still open"},
    {an_answer_to_what_is_no_command, "errand_agreed is not a command"},
    {from_of_an_aggregate, "jangle_spec_from is for sagas, and this is an aggregate"},
    {answer_of_an_aggregate, "jangle_given_answer is for sagas"},
    {time_out_of_an_aggregate, "jangle_when_timed_out is for sagas"},
    {another_run_of_an_aggregate, "jangle_when_run_again is for sagas"},
    {end_of_an_aggregate, "jangle_then_finished is for sagas"},
    {retry_of_an_aggregate, "jangle_then_retry_in is for sagas"},
    {timeout_of_an_aggregate, "jangle_then_timeout_at is for sagas"},
    {reply_of_a_saga, "jangle_then_reply is for aggregates, and this is a saga"},
};

static const struct wrong *now;

static int say_it(void)
{
    now->say();
    return jangle_spec_close(spec);
}

static void each_thing_that_does_not_hold_is_one_complaint(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        now = &wrong[i];
        assert_complaint(say_it, now->words);
    }
}

static int said_at;

static int say_where(void)
{
    begin();
    said_at = __LINE__ + 1;
    jangle_when(spec, errand_declined, .errand_id = "e1");
    return jangle_spec_close(spec);
}

/* The line of the `when` that caused it. */
static void a_complaint_says_where(void **state)
{
    char place[80];

    (void)state;
    complaints_of(say_where);
    snprintf(place, sizeof place, "spec_saga_complaints.c:%d: tell_failed", said_at);
    if (!strstr(complaints_text, place))
        fail_msg("%s: %s", place, complaints_text);
}

/* ---- a spec that is none ----------------------------------------------------- */

static int say_everything_to_nobody(void)
{
    struct jangle_saga none = errand_saga;

    none.reactions = NULL;
    spec = jangle_spec_saga(&none, "e1");
    jangle_spec_at(spec, noon);
    jangle_spec_from(spec, "ann");
    jangle_given(spec, errand_asked, .errand_id = "e1");
    jangle_given_answer(spec, take_coins, JANGLE_OK, "");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_when_run_again(spec);
    jangle_when_timed_out(spec);
    jangle_then(spec, take_coins, .purse_id = "bob");
    jangle_then_nothing(spec);
    jangle_then_rejected(spec, "no");
    jangle_then_reply(spec, "no");
    jangle_then_state(spec, errand_state, .coins = 5);
    jangle_then_finished(spec);
    jangle_then_retry_in(spec, 5);
    jangle_then_timeout_at(spec, noon);
    return jangle_spec_close(spec);
}

static void a_table_that_cannot_be_is_a_spec_that_fails(void **state)
{
    (void)state;
    assert_complaint(say_everything_to_nobody, "errand");
}

/* ---- out of memory ----------------------------------------------------------- */

static struct failing_allocator memory;
static char long_name[100 * 1024]; /* so that every step needs memory of its own */

static int try_with_little_memory(void)
{
    struct jangle_host host = {.logger = jangle_logger_none(),
                               .allocator = memory.allocator};

    told_agreed = change;
    told_timeout = retry;
    spec = jn_spec_open(&host, NULL, &told_saga, "e1");
    jangle_spec_from(spec, "ann");
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = long_name,
                 .coins = 7);
    jangle_given(spec, call_counted, .count = 1);
    jangle_given_answer(spec, take_coins, JANGLE_OK, "gladly");
    fail_and_change();
    jangle_then_invalid(spec, "take_coins");
    changed = false;
    jangle_when_run_again(spec);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = long_name);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "no answer");
    jangle_when_timed_out(spec);
    jangle_then_retry_in(spec, 5000);
    told_timeout = NULL;
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = long_name,
                      .coins = 7, .calls = 1);
    return jangle_spec_close(spec);
}

static enum jangle_result
send_far(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    jangle_turn_send(turn, take_coins, .purse_id = long_name, .errand_id = "e1");
    return JANGLE_OK;
}

static int try_a_long_id(void)
{
    struct jangle_host host = {.logger = jangle_logger_none(),
                               .allocator = memory.allocator};

    told_agreed = send_far;
    spec = jn_spec_open(&host, NULL, &told_saga, "e1");
    jangle_given(spec, errand_asked, .errand_id = "e1");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = long_name, .errand_id = "e1");
    return jangle_spec_close(spec);
}

static int lose_a_command(void)
{
    begin();
    spec->arena.failed = true;
    return jangle_spec_close(spec);
}

/* What was not kept for want of memory may have been a command that nobody named. */
static void what_is_lost_for_want_of_memory_is_a_complaint(void **state)
{
    (void)state;
    assert_complaint(lose_a_command, "out of memory: there may have been more");
}

/* Or else what failed would have passed. */
static void run_out_of_memory(int (*try)(void), bool for_good, int64_t at_least)
{
    int64_t at = 0;
    int complaints;

    memset(long_name, 'x', sizeof long_name - 1);
    errand_id = long_name;
    failing_allocator_init(&memory, 0);
    memory.for_good = for_good;
    do {
        failing_allocator_arm(&memory, ++at);
        complaints = complaints_of(try);
        assert_int_equal(memory.pieces, 0);
        if (!complaints != !memory.failed)
            fail_msg("call %lld: %d complaints\n%s", (long long)at, complaints,
                     complaints_text);
    } while (memory.failed);
    errand_id = "e1";
    assert_true(at > at_least);
}

static void without_memory_for_a_moment_it_complains(void **state)
{
    (void)state;
    run_out_of_memory(try_with_little_memory, false, 15);
    run_out_of_memory(try_a_long_id, false, 5);
}

static void without_memory_for_good_it_complains(void **state)
{
    (void)state;
    run_out_of_memory(try_with_little_memory, true, 15);
    run_out_of_memory(try_a_long_id, true, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_that_does_not_hold_is_one_complaint),
        cmocka_unit_test(a_complaint_says_where),
        cmocka_unit_test(a_table_that_cannot_be_is_a_spec_that_fails),
        cmocka_unit_test(what_is_lost_for_want_of_memory_is_a_complaint),
        cmocka_unit_test(without_memory_for_a_moment_it_complains),
        cmocka_unit_test(without_memory_for_good_it_complains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
