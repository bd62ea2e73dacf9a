/* spec_saga_complaints.c - given, when, then for sagas: what does not hold is said in
 * words, and counted once. */
#include "support/domains/complaints.h"
#include "support/domains/errand_told.h"
#include "support/domains/purse.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

/* ---- what a turn did, and nobody named --------------------------------------- */

static void an_unnamed_command(void)
{
    begin_errand();
    jangle_when(spec, errand_declined, .errand_id = "e1");
}

static void an_unnamed_command_before_nothing(void)
{
    begin_errand();
    jangle_when(spec, errand_declined, .errand_id = "e1");
    jangle_then_nothing(spec);
}

static void an_unnamed_failure(void)
{
    begin_errand();
    jangle_given_answer(spec, take_coins, JANGLE_TIMEOUT, "no answer");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
}

static void an_unnamed_wish_to_be_run_again(void)
{
    begin_told(ask_for_another_run);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
}

static void an_unnamed_mismatch(void)
{
    begin_told(change_its_mind);
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

static void another_member(void)
{
    decline_errand();
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "timed out");
}

static void another_command(void)
{
    decline_errand();
    jangle_then(spec, take_coins, .purse_id = "ann");
}

static void one_command_too_many(void)
{
    decline_errand();
    then_failure_is_told();
    jangle_then(spec, take_coins, .purse_id = "bob");
}

static void a_command_of_a_turn_that_did_nothing(void)
{
    begin_errand();
    jangle_then(spec, take_coins, .purse_id = "bob");
}

static void another_target(void)
{
    decline_errand();
    jangle_then_to(spec, NULL, "bob", tell_failed, .purse_id = "ann", .errand_id = "e1",
                   .reason = "declined");
}

static void an_aggregate_that_does_not_decide_it(void)
{
    decline_errand();
    jangle_then_to(spec, &errand_purse_aggregate, "ann", tell_failed, .purse_id = "ann",
                   .errand_id = "e1", .reason = "declined");
}

static void an_end_that_is_none(void)
{
    begin_errand();
    jangle_then_finished(spec);
}

static void another_state(void)
{
    begin_errand();
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 8);
}

static void a_state_of_another_type(void)
{
    begin_errand();
    jangle_then_state(spec, purse_state, .total = 7);
}

static void a_timeout_that_is_not_set(void)
{
    begin_errand();
    jangle_then_timeout_at(spec, noon);
}

static void a_failure_that_is_none(void)
{
    begin_errand();
    jangle_then_rejected(spec, "no");
}

static void another_failure(void)
{
    begin_told(ask_for_another_run);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_TIMEOUT, "");
}

static void a_failure_for_another_reason(void)
{
    begin_told(ask_for_another_run);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_RETRY, "because");
}

static void a_wish_to_be_run_again_that_is_none(void)
{
    decline_errand();
    then_failure_is_told();
    jangle_then_retry_in(spec, 5000);
}

static void a_wish_to_be_run_again_at_another_time(void)
{
    begin_told(ask_for_another_run);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 6000);
}

static void a_wish_of_an_earlier_turn(void)
{
    begin_told(ask_for_another_run);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5000);
    told_agreed = NULL;
    jangle_when_run_again(spec);
    jangle_then_retry_in(spec, 5000);
}

/* ---- all of them ------------------------------------------------------------- */

static void each_thing_that_does_not_hold_is_one_complaint(void **state)
{
    static const struct complaint all[] = {
        {an_unnamed_command,
         "tell_failed "
         "{\"purse_id\":\"ann\",\"errand_id\":\"e1\",\"reason\":\"declined\"} "
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
         "the turn ended with RETRY: the reaction asked to be run again, not with "
         "TIMEOUT"},
        {a_failure_for_another_reason,
         "the reason is \"the reaction asked to be run again\", not \"because\""},
        {a_wish_to_be_run_again_that_is_none, "the turn did not ask to be run again"},
        {a_wish_to_be_run_again_at_another_time, "in 5000 ms, not in 6000"},
        {a_wish_of_an_earlier_turn, "the turn did not ask to be run again"},
    };

    (void)state;
    assert_complaints(&spec, all, sizeof all / sizeof *all);
}

static int said_at;

static int say_where(void)
{
    begin_errand();
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_that_does_not_hold_is_one_complaint),
        cmocka_unit_test(a_complaint_says_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
