/* sagas.c - which commands the two sagas of the bank send, for which answers. */
#include "support/test.h"

#include "domain/messages.h"
#include "domain/request_messages.h"
#include "domain/sagas.h"

#include <jangle/testing.h>

static struct jangle_spec *spec;

static const jangle_time time_out = {946684800000000 + 30 * 60 * INT64_C(1000000)};

/* ---- before and after each test ---------------------------------------------- */

static int open_transfer_saga(void **state)
{
    (void)state;
    spec = jangle_spec_saga(&transfer_saga, "t");
    jangle_spec_from(spec, "000001");
    return 0;
}

static int open_request_saga(void **state)
{
    (void)state;
    spec = jangle_spec_saga(&request_saga, "r");
    jangle_spec_from(spec, "000002");
    return 0;
}

static void assert_all_held(void)
{
    assert_int_equal(jangle_spec_close(spec), 0);
}

/* ---- what happens, and what must follow -------------------------------------- */

static void when_debited(void)
{
    jangle_when(spec, transfer_debited, .transaction_id = "t", .to_id = "000002",
                .amount = 700);
}

static void then_credit(void)
{
    jangle_then(spec, credit_transfer, .account_id = "000002", .transaction_id = "t",
                .from_id = "000001", .amount = 700);
}

static void then_rollback(const char *reason)
{
    jangle_then(spec, roll_back_transfer, .account_id = "000001", .transaction_id = "t",
                .reason = reason);
}

static void when_created(void)
{
    jangle_when(spec, request_created, .transaction_id = "r", .from_id = "000001",
                .amount = 1543, .timeout_at = time_out);
}

static void when_accepted(void)
{
    jangle_when(spec, request_accepted, .transaction_id = "r");
}

static void when_rejected(void)
{
    jangle_when(spec, request_rejected, .transaction_id = "r");
}

static void then_asked(void)
{
    jangle_then(spec, get_request_approval, .account_id = "000001", .transaction_id = "r",
                .to_id = "000002", .amount = 1543, .timeout_at = time_out);
}

static void then_request_debit(void)
{
    jangle_then(spec, debit_request, .account_id = "000001", .transaction_id = "r");
}

static void then_request_credit(void)
{
    jangle_then(spec, credit_request, .account_id = "000002", .transaction_id = "r");
}

static void then_request_rollback(void)
{
    jangle_then(spec, roll_back_request_debit, .account_id = "000001",
                .transaction_id = "r");
}

static void then_closed(void)
{
    jangle_then(spec, close_request, .account_id = "000001", .transaction_id = "r");
}

static void then_told(const char *reason)
{
    jangle_then(spec, notify_request_failed, .account_id = "000002",
                .transaction_id = "r", .reason = reason);
}

/* 000002 has asked 000001 for 15.43, and that was received. */
static int open_asked(void **state)
{
    open_request_saga(state);
    when_created();
    then_asked();
    jangle_then_nothing(spec);
    jangle_spec_from(spec, "000001");
    return 0;
}

/* Nothing else, and nothing ever after. */
static void then_over(void)
{
    jangle_then_nothing(spec);
    jangle_then_finished(spec);
    assert_all_held();
}

/* ---- transfers --------------------------------------------------------------- */

static void a_transfer_is_credited(void **state)
{
    (void)state;
    when_debited();
    then_credit();
    then_over();
}

static void a_refused_transfer_is_rolled_back(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_transfer, JANGLE_REJECTED, "he is gone");
    when_debited();
    then_credit();
    then_rollback("he is gone");
    then_over();
}

static void a_transfer_that_makes_no_sense_there_is_rolled_back(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_transfer, JANGLE_INVALID, "too much");
    when_debited();
    then_credit();
    then_rollback("too much");
    then_over();
}

static void a_transfer_that_nobody_decides_is_rolled_back(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_transfer, JANGLE_NOT_FOUND, "no such command");
    when_debited();
    then_credit();
    then_rollback("no such command");
    then_over();
}

static void a_credit_without_an_answer_is_tried_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_transfer, JANGLE_TIMEOUT, "slow");
    when_debited();
    then_credit();
    jangle_then_failed(spec, JANGLE_TIMEOUT, "slow");
    jangle_then_nothing(spec);
    jangle_given_answer(spec, credit_transfer, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_credit();
    then_over();
}

static void
a_rollback_without_an_answer_is_tried_again_without_another_credit(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_transfer, JANGLE_REJECTED, "he is gone");
    jangle_given_answer(spec, roll_back_transfer, JANGLE_BUSY, "busy");
    when_debited();
    then_credit();
    then_rollback("he is gone");
    jangle_then_failed(spec, JANGLE_BUSY, "busy");
    jangle_given_answer(spec, credit_transfer, JANGLE_OK, "he is back");
    jangle_given_answer(spec, roll_back_transfer, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_rollback("he is gone");
    then_over();
}

static void a_rollback_that_the_account_refuses_ends_the_transfer(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_transfer, JANGLE_REJECTED, "he is gone");
    jangle_given_answer(spec, roll_back_transfer, JANGLE_REJECTED, "no open transfer t");
    when_debited();
    then_credit();
    then_rollback("he is gone");
    then_over();
}

static void a_rollback_that_makes_no_sense_is_not_the_end(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_transfer, JANGLE_REJECTED, "he is gone");
    jangle_given_answer(spec, roll_back_transfer, JANGLE_INVALID, "reason");
    when_debited();
    then_credit();
    then_rollback("he is gone");
    jangle_then_invalid(spec, "reason");
    jangle_when_run_again(spec);
    jangle_then_invalid(spec, "reason");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_transfer_that_is_over_is_not_credited_again(void **state)
{
    (void)state;
    when_debited();
    then_credit();
    jangle_when_run_again(spec);
    jangle_then_nothing(spec);
    when_debited();
    then_over();
}

/* ---- a request is created ---------------------------------------------------- */

static void a_request_is_asked_for_and_has_half_an_hour(void **state)
{
    (void)state;
    when_created();
    then_asked();
    jangle_then_nothing(spec);
    jangle_then_timeout_at(spec, time_out);
    assert_all_held();
}

static void who_cannot_be_asked_is_not_asked_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, get_request_approval, JANGLE_REJECTED, "he is gone");
    when_created();
    then_asked();
    then_told("he is gone");
    then_over();
}

static void who_asked_and_cannot_be_told_ends_the_request(void **state)
{
    (void)state;
    jangle_given_answer(spec, get_request_approval, JANGLE_REJECTED, "he is gone");
    jangle_given_answer(spec, notify_request_failed, JANGLE_REJECTED, "so is she");
    when_created();
    then_asked();
    then_told("he is gone");
    then_over();
}

static void an_approval_without_an_answer_is_tried_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, get_request_approval, JANGLE_TIMEOUT, "slow");
    when_created();
    then_asked();
    jangle_then_failed(spec, JANGLE_TIMEOUT, "slow");
    jangle_then_nothing(spec);
    jangle_given_answer(spec, get_request_approval, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_asked();
    jangle_then_nothing(spec);
    jangle_then_timeout_at(spec, time_out);
    assert_all_held();
}

static void bad_news_without_an_answer_is_told_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, get_request_approval, JANGLE_REJECTED, "he is gone");
    jangle_given_answer(spec, notify_request_failed, JANGLE_BUSY, "busy");
    when_created();
    then_asked();
    then_told("he is gone");
    jangle_then_failed(spec, JANGLE_BUSY, "busy");
    jangle_given_answer(spec, notify_request_failed, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_told("he is gone");
    then_over();
}

/* ---- a request is accepted --------------------------------------------------- */

static void an_accepted_request_is_debited_and_credited(void **state)
{
    (void)state;
    when_accepted();
    then_request_debit();
    then_request_credit();
    then_over();
}

static void a_refused_debit_ends_the_request(void **state)
{
    (void)state;
    jangle_given_answer(spec, debit_request, JANGLE_REJECTED, "insufficient funds");
    when_accepted();
    then_request_debit();
    then_closed();
    then_told("insufficient funds");
    then_over();
}

static void a_refused_debit_ends_the_request_though_nobody_can_be_told(void **state)
{
    (void)state;
    jangle_given_answer(spec, debit_request, JANGLE_REJECTED, "insufficient funds");
    jangle_given_answer(spec, close_request, JANGLE_REJECTED, "no");
    jangle_given_answer(spec, notify_request_failed, JANGLE_REJECTED, "no");
    when_accepted();
    then_request_debit();
    then_closed();
    then_told("insufficient funds");
    then_over();
}

static void a_debit_without_an_answer_is_tried_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, debit_request, JANGLE_CONFLICT, "crowded");
    when_accepted();
    then_request_debit();
    jangle_then_failed(spec, JANGLE_CONFLICT, "crowded");
    jangle_then_nothing(spec);
    jangle_given_answer(spec, debit_request, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_request_debit();
    then_request_credit();
    then_over();
}

static void
bad_news_after_a_refused_debit_is_told_again_without_another_debit(void **state)
{
    (void)state;
    jangle_given_answer(spec, debit_request, JANGLE_REJECTED, "insufficient funds");
    jangle_given_answer(spec, notify_request_failed, JANGLE_BUSY, "busy");
    when_accepted();
    then_request_debit();
    then_closed();
    then_told("insufficient funds");
    jangle_then_failed(spec, JANGLE_BUSY, "busy");
    jangle_given_answer(spec, debit_request, JANGLE_OK, "rich by now");
    jangle_given_answer(spec, notify_request_failed, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_told("insufficient funds");
    then_over();
}

static void a_refused_credit_is_rolled_back(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_request, JANGLE_REJECTED, "she is gone");
    when_accepted();
    then_request_debit();
    then_request_credit();
    then_request_rollback();
    then_told("she is gone");
    then_over();
}

static void a_credit_without_an_answer_is_tried_again_without_another_debit(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_request, JANGLE_TIMEOUT, "slow");
    when_accepted();
    then_request_debit();
    then_request_credit();
    jangle_then_failed(spec, JANGLE_TIMEOUT, "slow");
    jangle_then_nothing(spec);
    jangle_given_answer(spec, debit_request, JANGLE_REJECTED, "poor by now");
    jangle_given_answer(spec, credit_request, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_request_credit();
    then_over();
}

static void a_request_rollback_that_the_account_refuses_ends_the_request(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_request, JANGLE_REJECTED, "she is gone");
    jangle_given_answer(spec, roll_back_request_debit, JANGLE_REJECTED, "no");
    when_accepted();
    then_request_debit();
    then_request_credit();
    then_request_rollback();
    then_told("she is gone");
    then_over();
}

static void a_request_rollback_without_an_answer_is_tried_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_request, JANGLE_REJECTED, "she is gone");
    jangle_given_answer(spec, roll_back_request_debit, JANGLE_BUSY, "busy");
    when_accepted();
    then_request_debit();
    then_request_credit();
    then_request_rollback();
    jangle_then_failed(spec, JANGLE_BUSY, "busy");
    jangle_given_answer(spec, credit_request, JANGLE_OK, "she is back");
    jangle_given_answer(spec, roll_back_request_debit, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_request_rollback();
    then_told("she is gone");
    then_over();
}

static void a_request_rollback_that_makes_no_sense_is_not_the_end(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_request, JANGLE_REJECTED, "she is gone");
    jangle_given_answer(spec, roll_back_request_debit, JANGLE_INVALID, "broken");
    when_accepted();
    then_request_debit();
    then_request_credit();
    then_request_rollback();
    jangle_then_invalid(spec, "broken");
    jangle_when_run_again(spec);
    jangle_then_invalid(spec, "broken");
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- a request is rejected --------------------------------------------------- */

static void a_rejection_is_told(void **state)
{
    (void)state;
    when_rejected();
    then_told("rejected");
    then_over();
}

static void a_rejection_that_cannot_be_told_ends_the_request(void **state)
{
    (void)state;
    jangle_given_answer(spec, notify_request_failed, JANGLE_REJECTED, "she is gone");
    when_rejected();
    then_told("rejected");
    then_over();
}

static void a_rejection_without_an_answer_is_told_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, notify_request_failed, JANGLE_TIMEOUT, "slow");
    when_rejected();
    then_told("rejected");
    jangle_then_failed(spec, JANGLE_TIMEOUT, "slow");
    jangle_given_answer(spec, notify_request_failed, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_told("rejected");
    then_over();
}

static void what_comes_after_the_end_changes_nothing(void **state)
{
    (void)state;
    when_rejected();
    then_told("rejected");
    when_accepted();
    when_created();
    then_over();
}

static void an_answer_to_nothing_begins_no_request(void **state)
{
    (void)state;
    when_accepted();
    when_rejected();
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- time is up -------------------------------------------------------------- */

static void a_request_that_nobody_answers_is_closed_in_the_end(void **state)
{
    (void)state;
    jangle_when_timed_out(spec);
    then_closed();
    then_told("timed out");
    then_over();
}

static void a_request_that_never_arrived_is_only_told_of(void **state)
{
    (void)state;
    jangle_given_answer(spec, get_request_approval, JANGLE_TIMEOUT, "slow");
    when_created();
    then_asked();
    jangle_then_failed(spec, JANGLE_TIMEOUT, "slow");
    jangle_when_timed_out(spec);
    then_told("timed out");
    then_over();
}

static void a_debit_that_was_not_done_in_time_is_not_given_back(void **state)
{
    (void)state;
    jangle_given_answer(spec, debit_request, JANGLE_TIMEOUT, "slow");
    when_accepted();
    then_request_debit();
    jangle_then_failed(spec, JANGLE_TIMEOUT, "slow");
    jangle_when_timed_out(spec);
    then_closed();
    then_told("timed out");
    then_over();
}

static void a_debit_that_was_not_credited_in_time_is_given_back(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_request, JANGLE_TIMEOUT, "slow");
    when_accepted();
    then_request_debit();
    then_request_credit();
    jangle_then_failed(spec, JANGLE_TIMEOUT, "slow");
    jangle_when_timed_out(spec);
    then_request_rollback();
    then_told("timed out");
    then_over();
}

static void a_rollback_that_was_under_way_is_done_when_time_is_up(void **state)
{
    (void)state;
    jangle_given_answer(spec, credit_request, JANGLE_REJECTED, "she is gone");
    jangle_given_answer(spec, roll_back_request_debit, JANGLE_TIMEOUT, "slow");
    when_accepted();
    then_request_debit();
    then_request_credit();
    then_request_rollback();
    jangle_then_failed(spec, JANGLE_TIMEOUT, "slow");
    jangle_given_answer(spec, roll_back_request_debit, JANGLE_OK, "");
    jangle_when_timed_out(spec);
    then_request_rollback();
    then_told("timed out");
    then_over();
}

static void a_timeout_without_an_answer_is_run_again(void **state)
{
    (void)state;
    jangle_given_answer(spec, close_request, JANGLE_BUSY, "busy");
    jangle_when_timed_out(spec);
    then_closed();
    jangle_then_failed(spec, JANGLE_BUSY, "busy");
    jangle_given_answer(spec, close_request, JANGLE_OK, "");
    jangle_when_run_again(spec);
    then_closed();
    then_told("timed out");
    then_over();
}

#define TEST(name, given) cmocka_unit_test_setup(name, given)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_transfer_is_credited, open_transfer_saga),
        TEST(a_refused_transfer_is_rolled_back, open_transfer_saga),
        TEST(a_transfer_that_makes_no_sense_there_is_rolled_back, open_transfer_saga),
        TEST(a_transfer_that_nobody_decides_is_rolled_back, open_transfer_saga),
        TEST(a_credit_without_an_answer_is_tried_again, open_transfer_saga),
        TEST(a_rollback_without_an_answer_is_tried_again_without_another_credit,
             open_transfer_saga),
        TEST(a_rollback_that_the_account_refuses_ends_the_transfer, open_transfer_saga),
        TEST(a_rollback_that_makes_no_sense_is_not_the_end, open_transfer_saga),
        TEST(a_transfer_that_is_over_is_not_credited_again, open_transfer_saga),
        TEST(a_request_is_asked_for_and_has_half_an_hour, open_request_saga),
        TEST(who_cannot_be_asked_is_not_asked_again, open_request_saga),
        TEST(who_asked_and_cannot_be_told_ends_the_request, open_request_saga),
        TEST(an_approval_without_an_answer_is_tried_again, open_request_saga),
        TEST(bad_news_without_an_answer_is_told_again, open_request_saga),
        TEST(an_accepted_request_is_debited_and_credited, open_asked),
        TEST(a_refused_debit_ends_the_request, open_asked),
        TEST(a_refused_debit_ends_the_request_though_nobody_can_be_told, open_asked),
        TEST(a_debit_without_an_answer_is_tried_again, open_asked),
        TEST(bad_news_after_a_refused_debit_is_told_again_without_another_debit,
             open_asked),
        TEST(a_refused_credit_is_rolled_back, open_asked),
        TEST(a_credit_without_an_answer_is_tried_again_without_another_debit, open_asked),
        TEST(a_request_rollback_that_the_account_refuses_ends_the_request, open_asked),
        TEST(a_request_rollback_without_an_answer_is_tried_again, open_asked),
        TEST(a_request_rollback_that_makes_no_sense_is_not_the_end, open_asked),
        TEST(a_rejection_is_told, open_asked),
        TEST(a_rejection_that_cannot_be_told_ends_the_request, open_asked),
        TEST(a_rejection_without_an_answer_is_told_again, open_asked),
        TEST(what_comes_after_the_end_changes_nothing, open_asked),
        TEST(an_answer_to_nothing_begins_no_request, open_request_saga),
        TEST(a_request_that_nobody_answers_is_closed_in_the_end, open_asked),
        TEST(a_request_that_never_arrived_is_only_told_of, open_request_saga),
        TEST(a_debit_that_was_not_done_in_time_is_not_given_back, open_asked),
        TEST(a_debit_that_was_not_credited_in_time_is_given_back, open_asked),
        TEST(a_rollback_that_was_under_way_is_done_when_time_is_up, open_asked),
        TEST(a_timeout_without_an_answer_is_run_again, open_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
