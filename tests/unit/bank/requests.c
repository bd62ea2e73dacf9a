/* requests.c - the rules of requests, for the account that asks and for the account that
 * is asked. */
#include "support/test.h"

#include "domain/account.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"

#include <jangle/testing.h>

static struct jangle_spec *spec;

/* The time at which a spec begins, and half an hour later. */
static const jangle_time begin = {946684800000000};
static const jangle_time later = {946684800000000 + 30 * 60 * INT64_C(1000000)};

/* ---- before and after each test ---------------------------------------------- */

static int open_unknown(void **state)
{
    (void)state;
    spec = jangle_spec_aggregate(&account_aggregate, "000001");
    jangle_spec_at(spec, begin);
    return 0;
}

/* Natalie, 50.00. */
static int open_live(void **state)
{
    open_unknown(state);
    jangle_given(spec, account_created, .name = "Natalie");
    jangle_given(spec, funds_deposited, .amount = 5000, .balance = 5000, .entry = 1);
    return 0;
}

/* She has asked for 20.00. */
static int open_asking(void **state)
{
    open_live(state);
    jangle_given(spec, request_created, .transaction_id = "r", .from_id = "000002",
                 .amount = 2000, .timeout_at = later);
    return 0;
}

/* She is asked for 20.00... */
static int open_asked(void **state)
{
    open_live(state);
    jangle_given(spec, request_received, .transaction_id = "r", .to_id = "000002",
                 .amount = 2000, .timeout_at = later);
    return 0;
}

/* ...and has said yes... */
static int open_accepted(void **state)
{
    open_asked(state);
    jangle_given(spec, request_accepted, .transaction_id = "r");
    return 0;
}

/* ...and was debited. */
static int open_debited(void **state)
{
    open_accepted(state);
    jangle_given(spec, request_debited, .transaction_id = "r", .amount = 2000,
                 .balance = 3000, .entry = 2);
    return 0;
}

static void assert_all_held(void)
{
    assert_int_equal(jangle_spec_close(spec), 0);
}

/* ---- asking ------------------------------------------------------------------ */

static void a_request_waits_for_half_an_hour_and_is_remembered(void **state)
{
    struct sent_request sent = {"command-1", "000002", 2000, later};

    (void)state;
    jangle_when(spec, request_funds, .account_id = "000001", .from_id = "000002",
                .amount = 2000);
    jangle_then(spec, request_created, .transaction_id = "command-1", .from_id = "000002",
                .amount = 2000, .timeout_at = later);
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 1,
                      .sent = {&sent, 1});
    assert_all_held();
}

static void who_asks_need_not_have_any(void **state)
{
    (void)state;
    jangle_when(spec, request_funds, .account_id = "000001", .from_id = "000002",
                .amount = 100000000);
    jangle_then(spec, request_created, .transaction_id = "command-1", .from_id = "000002",
                .amount = 100000000, .timeout_at = later);
    assert_all_held();
}

static void an_unknown_account_asks_for_nothing(void **state)
{
    (void)state;
    jangle_when(spec, request_funds, .account_id = "000001", .from_id = "000002",
                .amount = 1);
    jangle_then_rejected(spec, "account 000001 does not exist");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_deleted_account_asks_for_nothing(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_when(spec, request_funds, .account_id = "000001", .from_id = "000002",
                .amount = 1);
    jangle_then_rejected(spec, "account 000001 is deleted");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void nobody_asks_himself(void **state)
{
    (void)state;
    jangle_when(spec, request_funds, .account_id = "000001", .from_id = "000001",
                .amount = 1);
    jangle_then_invalid(spec, "from_id");
    assert_all_held();
}

static void a_request_needs_an_amount_and_a_sound_account(void **state)
{
    (void)state;
    jangle_when(spec, request_funds, .account_id = "000001", .from_id = "000002");
    jangle_then_invalid(spec, "amount");
    jangle_when(spec, request_funds, .account_id = "000001", .from_id = "00000x",
                .amount = 1);
    jangle_then_invalid(spec, "from_id");
    jangle_when(spec, request_funds, .account_id = "x00001", .from_id = "000002",
                .amount = 1);
    jangle_then_invalid(spec, "account_id");
    assert_all_held();
}

/* ---- being asked ------------------------------------------------------------- */

static void a_request_is_received_and_remembered(void **state)
{
    struct received_request received = {"r", 2000, later, false, false};

    (void)state;
    jangle_when(spec, get_request_approval, .account_id = "000001", .transaction_id = "r",
                .to_id = "000002", .amount = 2000, .timeout_at = later);
    jangle_then(spec, request_received, .transaction_id = "r", .to_id = "000002",
                .amount = 2000, .timeout_at = later);
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 1,
                      .received = {&received, 1});
    assert_all_held();
}

static void a_request_is_received_once(void **state)
{
    (void)state;
    jangle_when(spec, get_request_approval, .account_id = "000001", .transaction_id = "r",
                .to_id = "000002", .amount = 2000, .timeout_at = later);
    jangle_then_nothing(spec);
    assert_all_held();
}

static void an_unknown_account_cannot_be_asked(void **state)
{
    (void)state;
    jangle_when(spec, get_request_approval, .account_id = "000001", .transaction_id = "r",
                .to_id = "000002", .amount = 2000, .timeout_at = later);
    jangle_then_rejected(spec, "account 000001 does not exist");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_deleted_account_cannot_be_asked(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_when(spec, get_request_approval, .account_id = "000001", .transaction_id = "r",
                .to_id = "000002", .amount = 2000, .timeout_at = later);
    jangle_then_rejected(spec, "account 000001 is deleted");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void nobody_can_be_asked_too_late(void **state)
{
    (void)state;
    jangle_spec_at(spec, later);
    jangle_when(spec, get_request_approval, .account_id = "000001", .transaction_id = "r",
                .to_id = "000002", .amount = 2000, .timeout_at = later);
    jangle_then_rejected(spec, "the request has timed out");
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- answering --------------------------------------------------------------- */

static void a_request_is_accepted(void **state)
{
    struct received_request received = {"r", 2000, later, true, false};

    (void)state;
    jangle_when(spec, accept_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_accepted, .transaction_id = "r");
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 1,
                      .received = {&received, 1});
    assert_all_held();
}

static void a_request_is_accepted_once(void **state)
{
    (void)state;
    jangle_when(spec, accept_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void an_unknown_request_is_not_accepted(void **state)
{
    (void)state;
    jangle_when(spec, accept_request, .account_id = "000001", .transaction_id = "fake");
    jangle_then_rejected(spec, "no open request fake");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_request_is_rejected_and_forgotten(void **state)
{
    (void)state;
    jangle_when(spec, reject_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_rejected, .transaction_id = "r");
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 1);
    assert_all_held();
}

static void an_unknown_request_is_not_rejected(void **state)
{
    (void)state;
    jangle_when(spec, reject_request, .account_id = "000001", .transaction_id = "fake");
    jangle_then_rejected(spec, "no open request fake");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void what_was_rejected_is_neither_accepted_nor_rejected_again(void **state)
{
    (void)state;
    jangle_given(spec, request_rejected, .transaction_id = "r");
    jangle_when(spec, accept_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_when(spec, reject_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void what_was_accepted_is_not_rejected(void **state)
{
    (void)state;
    jangle_when(spec, reject_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "the request has been accepted");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void after_its_time_a_request_is_neither_accepted_nor_rejected(void **state)
{
    (void)state;
    jangle_spec_at(spec, later);
    jangle_when(spec, accept_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "the request has timed out");
    jangle_when(spec, reject_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "the request has timed out");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void until_its_last_moment_a_request_is_accepted(void **state)
{
    (void)state;
    jangle_spec_at(spec, (jangle_time){later.us - 1});
    jangle_when(spec, accept_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_accepted, .transaction_id = "r");
    assert_all_held();
}

static void a_deleted_account_answers_no_requests(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_when(spec, accept_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "account 000001 is deleted");
    jangle_when(spec, reject_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "account 000001 is deleted");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void an_answer_names_a_sound_account_and_a_transaction(void **state)
{
    static const char long_id[] = "012345678901234567890123456789012345678901234567890";

    (void)state;
    jangle_when(spec, accept_request, .account_id = "1", .transaction_id = "r");
    jangle_then_invalid(spec, "account_id");
    jangle_when(spec, accept_request, .account_id = "000001");
    jangle_then_invalid(spec, "transaction_id");
    jangle_when(spec, reject_request, .account_id = "1", .transaction_id = "r");
    jangle_then_invalid(spec, "account_id");
    jangle_when(spec, reject_request, .account_id = "000001", .transaction_id = long_id);
    jangle_then_invalid(spec, "transaction_id");
    assert_all_held();
}

/* ---- being debited ----------------------------------------------------------- */

static void an_accepted_request_is_debited(void **state)
{
    struct received_request received = {"r", 2000, later, true, true};

    (void)state;
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_debited, .transaction_id = "r", .amount = 2000,
                .balance = 3000, .entry = 2);
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 3000, .entries = 2,
                      .received = {&received, 1});
    assert_all_held();
}

static void a_request_is_debited_once(void **state)
{
    (void)state;
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void nothing_is_debited_without_acceptance(void **state)
{
    (void)state;
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "the request has not been accepted");
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "fake");
    jangle_then_rejected(spec, "no open request fake");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_debit_may_not_lead_to_100_01_of_debt(void **state)
{
    (void)state;
    jangle_given(spec, funds_withdrawn, .amount = 13001, .balance = -8001, .entry = 2);
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "insufficient funds");
    jangle_then_nothing(spec);
    jangle_given(spec, funds_deposited, .amount = 1, .balance = -8000, .entry = 3);
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_debited, .transaction_id = "r", .amount = 2000,
                .balance = -10000, .entry = 4);
    assert_all_held();
}

/* Whether it was accepted in time was decided then: what follows may be late. */
static void what_was_accepted_is_debited_however_late(void **state)
{
    (void)state;
    jangle_spec_at(spec, later);
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_debited, .transaction_id = "r", .amount = 2000,
                .balance = 3000, .entry = 2);
    assert_all_held();
}

static void nothing_is_debited_from_a_deleted_account(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "account 000001 is deleted");
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- giving back, and closing ------------------------------------------------ */

static void a_debit_is_rolled_back_and_the_request_forgotten(void **state)
{
    (void)state;
    jangle_when(spec, roll_back_request_debit, .account_id = "000001",
                .transaction_id = "r");
    jangle_then(spec, request_debit_rolled_back, .transaction_id = "r", .amount = 2000,
                .balance = 5000, .entry = 3);
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 3);
    assert_all_held();
}

static void a_debit_is_rolled_back_late_and_to_a_deleted_account(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_spec_at(spec, later);
    jangle_when(spec, roll_back_request_debit, .account_id = "000001",
                .transaction_id = "r");
    jangle_then(spec, request_debit_rolled_back, .transaction_id = "r", .amount = 2000,
                .balance = 5000, .entry = 3);
    assert_all_held();
}

static void nothing_is_rolled_back_that_was_not_debited(void **state)
{
    (void)state;
    jangle_when(spec, roll_back_request_debit, .account_id = "000001",
                .transaction_id = "r");
    jangle_then_rejected(spec, "nothing was debited");
    jangle_when(spec, roll_back_request_debit, .account_id = "000001",
                .transaction_id = "fake");
    jangle_then_rejected(spec, "no open request fake");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void after_a_rollback_there_is_neither_debit_nor_rollback(void **state)
{
    (void)state;
    jangle_given(spec, request_debit_rolled_back, .transaction_id = "r", .amount = 2000,
                 .balance = 5000, .entry = 3);
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_when(spec, roll_back_request_debit, .account_id = "000001",
                .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void what_was_credited_is_forgotten_and_not_rolled_back(void **state)
{
    (void)state;
    jangle_given(spec, request_closed, .transaction_id = "r");
    jangle_then_state(spec, account_state, .exists = true, .balance = 3000, .entries = 2);
    jangle_when(spec, roll_back_request_debit, .account_id = "000001",
                .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_request_that_was_not_debited_is_closed_and_forgotten(void **state)
{
    (void)state;
    jangle_when(spec, close_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_closed, .transaction_id = "r");
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 1);
    jangle_when(spec, close_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_when(spec, debit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_request_that_was_debited_is_not_closed(void **state)
{
    (void)state;
    jangle_when(spec, close_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "the request has been debited");
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- being credited, or told that nothing comes of it ------------------------ */

static void a_credit_is_told_to_the_other_in_the_same_commit(void **state)
{
    (void)state;
    jangle_when(spec, credit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_credited, .transaction_id = "r", .amount = 2000,
                .balance = 7000, .entry = 2);
    jangle_then_to(spec, &account_aggregate, "000002", request_closed,
                   .transaction_id = "r");
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 7000, .entries = 2);
    assert_all_held();
}

static void nothing_is_credited_that_was_not_asked_for(void **state)
{
    (void)state;
    jangle_when(spec, credit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void nothing_is_credited_twice_or_after_a_failure(void **state)
{
    (void)state;
    jangle_given(spec, request_credited, .transaction_id = "r", .amount = 2000,
                 .balance = 7000, .entry = 2);
    jangle_when(spec, credit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "no open request r");
    jangle_given(spec, request_created, .transaction_id = "s", .from_id = "000002",
                 .amount = 2000, .timeout_at = later);
    jangle_given(spec, request_failed, .transaction_id = "s", .reason = "no");
    jangle_when(spec, credit_request, .account_id = "000001", .transaction_id = "s");
    jangle_then_rejected(spec, "no open request s");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void what_was_debited_is_credited_however_late(void **state)
{
    (void)state;
    jangle_spec_at(spec, later);
    jangle_when(spec, credit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then(spec, request_credited, .transaction_id = "r", .amount = 2000,
                .balance = 7000, .entry = 2);
    jangle_then_to(spec, &account_aggregate, "000002", request_closed,
                   .transaction_id = "r");
    assert_all_held();
}

static void nothing_is_credited_to_a_deleted_account(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_when(spec, credit_request, .account_id = "000001", .transaction_id = "r");
    jangle_then_rejected(spec, "account 000001 is deleted");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void who_asked_is_told_that_nothing_comes_of_it(void **state)
{
    (void)state;
    jangle_when(spec, notify_request_failed, .account_id = "000001",
                .transaction_id = "r", .reason = "insufficient funds");
    jangle_then(spec, request_failed, .transaction_id = "r",
                .reason = "insufficient funds");
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 1);
    jangle_when(spec, notify_request_failed, .account_id = "000001",
                .transaction_id = "r", .reason = "insufficient funds");
    jangle_then_rejected(spec, "no open request r");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void bad_news_may_be_late_and_reach_a_deleted_account(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_spec_at(spec, later);
    jangle_when(spec, notify_request_failed, .account_id = "000001",
                .transaction_id = "r", .reason = "timed out");
    jangle_then(spec, request_failed, .transaction_id = "r", .reason = "timed out");
    assert_all_held();
}

/* ---- several at once --------------------------------------------------------- */

static void only_the_request_that_is_meant_is_closed(void **state)
{
    struct received_request received[] = {{"r", 2000, later, false, false},
                                          {"t", 20, later, true, false}};
    struct sent_request sent = {"v", "000004", 40, later};

    (void)state;
    jangle_given(spec, request_received, .transaction_id = "s", .amount = 10,
                 .timeout_at = later);
    jangle_given(spec, request_received, .transaction_id = "t", .amount = 20,
                 .timeout_at = later);
    jangle_given(spec, request_created, .transaction_id = "u", .from_id = "000003",
                 .amount = 30, .timeout_at = later);
    jangle_given(spec, request_created, .transaction_id = "v", .from_id = "000004",
                 .amount = 40, .timeout_at = later);
    jangle_given(spec, request_accepted, .transaction_id = "t");
    jangle_given(spec, request_rejected, .transaction_id = "s");
    jangle_given(spec, request_failed, .transaction_id = "u");
    jangle_given(spec, request_closed, .transaction_id = "unknown");
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 1,
                      .sent = {&sent, 1}, .received = {received, 2});
    assert_all_held();
}

#define TEST(name, given) cmocka_unit_test_setup(name, given)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_waits_for_half_an_hour_and_is_remembered, open_live),
        TEST(who_asks_need_not_have_any, open_live),
        TEST(an_unknown_account_asks_for_nothing, open_unknown),
        TEST(a_deleted_account_asks_for_nothing, open_live),
        TEST(nobody_asks_himself, open_live),
        TEST(a_request_needs_an_amount_and_a_sound_account, open_live),
        TEST(a_request_is_received_and_remembered, open_live),
        TEST(a_request_is_received_once, open_asked),
        TEST(an_unknown_account_cannot_be_asked, open_unknown),
        TEST(a_deleted_account_cannot_be_asked, open_live),
        TEST(nobody_can_be_asked_too_late, open_live),
        TEST(a_request_is_accepted, open_asked),
        TEST(a_request_is_accepted_once, open_accepted),
        TEST(an_unknown_request_is_not_accepted, open_asked),
        TEST(a_request_is_rejected_and_forgotten, open_asked),
        TEST(an_unknown_request_is_not_rejected, open_asked),
        TEST(what_was_rejected_is_neither_accepted_nor_rejected_again, open_asked),
        TEST(what_was_accepted_is_not_rejected, open_accepted),
        TEST(after_its_time_a_request_is_neither_accepted_nor_rejected, open_asked),
        TEST(until_its_last_moment_a_request_is_accepted, open_asked),
        TEST(a_deleted_account_answers_no_requests, open_asked),
        TEST(an_answer_names_a_sound_account_and_a_transaction, open_asked),
        TEST(an_accepted_request_is_debited, open_accepted),
        TEST(a_request_is_debited_once, open_debited),
        TEST(nothing_is_debited_without_acceptance, open_asked),
        TEST(a_debit_may_not_lead_to_100_01_of_debt, open_accepted),
        TEST(what_was_accepted_is_debited_however_late, open_accepted),
        TEST(nothing_is_debited_from_a_deleted_account, open_accepted),
        TEST(a_debit_is_rolled_back_and_the_request_forgotten, open_debited),
        TEST(a_debit_is_rolled_back_late_and_to_a_deleted_account, open_debited),
        TEST(nothing_is_rolled_back_that_was_not_debited, open_accepted),
        TEST(after_a_rollback_there_is_neither_debit_nor_rollback, open_debited),
        TEST(what_was_credited_is_forgotten_and_not_rolled_back, open_debited),
        TEST(a_request_that_was_not_debited_is_closed_and_forgotten, open_accepted),
        TEST(a_request_that_was_debited_is_not_closed, open_debited),
        TEST(a_credit_is_told_to_the_other_in_the_same_commit, open_asking),
        TEST(nothing_is_credited_that_was_not_asked_for, open_live),
        TEST(nothing_is_credited_twice_or_after_a_failure, open_asking),
        TEST(what_was_debited_is_credited_however_late, open_asking),
        TEST(nothing_is_credited_to_a_deleted_account, open_asking),
        TEST(who_asked_is_told_that_nothing_comes_of_it, open_asking),
        TEST(bad_news_may_be_late_and_reach_a_deleted_account, open_asking),
        TEST(only_the_request_that_is_meant_is_closed, open_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
