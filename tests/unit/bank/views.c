/* views.c - what each view of the bank answers after which events. */
#include "support/test.h"

#include "domain/messages.h"
#include "domain/request_messages.h"
#include "views/views.h"

#include <jangle/testing.h>

static struct jangle_spec *spec;

static const jangle_time noon = {INT64_C(946728000000000)};

static int assert_all_held(void **state)
{
    (void)state;
    return jangle_spec_close(spec);
}

/* ---- the ledger -------------------------------------------------------------- */

static int open_ledger(void **state)
{
    (void)state;
    spec = jangle_spec_subscriber(&ledger_view);
    jangle_spec_from(spec, "000001");
    jangle_spec_at(spec, noon);
    jangle_given(spec, account_created, .name = "Natalie");
    return 0;
}

static void a_ledger_has_an_entry_for_all_that_moved_money(void **state)
{
    struct ledger_entry entries[] = {
        {.entry = 0, .at = noon, .kind = "account opened"},
        {.entry = 1, .at = noon, .kind = "deposit", .amount = 500, .balance = 500},
        {.entry = 2, .at = noon, .kind = "withdrawal", .amount = -200, .balance = 300},
        {.entry = 3, .at = noon, .kind = "transfer sent", .amount = -300},
    };

    (void)state;
    jangle_given(spec, funds_deposited, .amount = 500, .balance = 500, .entry = 1);
    jangle_given(spec, funds_withdrawn, .amount = 200, .balance = 300, .entry = 2);
    jangle_given(spec, transfer_debited, .transaction_id = "t1", .to_id = "000002",
                 .amount = 300, .balance = 0, .entry = 3);
    jangle_when_asked(spec, get_ledger, .account_id = "000001");
    jangle_then_answer(spec, account_ledger, .account_id = "000001",
                       .entries = {entries, 4});
}

static void a_ledger_with_a_gap_is_not_shown(void **state)
{
    (void)state;
    jangle_given(spec, funds_withdrawn, .amount = 200, .balance = 300, .entry = 2);
    jangle_when_asked(spec, get_ledger, .account_id = "000001");
    jangle_then_failed(spec, JANGLE_PARKED, "lacks entry 1");
}

static void an_account_that_is_not_there_has_no_ledger(void **state)
{
    (void)state;
    jangle_when_asked(spec, get_ledger, .account_id = "000002");
    jangle_then_failed(spec, JANGLE_NOT_FOUND, "no account 000002");
}

/* It may be delivered again, so an entry is written once however often it comes. */
static void an_entry_that_comes_again_is_one_entry(void **state)
{
    struct ledger_entry entries[] = {
        {.entry = 0, .at = noon, .kind = "account opened"},
        {.entry = 1, .at = noon, .kind = "deposit", .amount = 500, .balance = 500},
    };

    (void)state;
    jangle_when(spec, funds_deposited, .amount = 500, .balance = 500, .entry = 1);
    jangle_then_done(spec);
    jangle_when_run_again(spec);
    jangle_then_done(spec);
    jangle_when_asked(spec, get_ledger, .account_id = "000001");
    jangle_then_answer(spec, account_ledger, .account_id = "000001",
                       .entries = {entries, 2});
}

/* ---- accounts ---------------------------------------------------------------- */

static int open_accounts(void **state)
{
    (void)state;
    spec = jangle_spec_subscriber(&accounts_view);
    jangle_spec_from(spec, "000001");
    jangle_spec_at(spec, noon);
    jangle_given(spec, account_created, .name = "Natalie");
    return 0;
}

static void an_account_shows_its_newest_balance(void **state)
{
    (void)state;
    jangle_given(spec, funds_deposited, .transaction_id = "d1", .amount = 500,
                 .balance = 500, .entry = 1);
    jangle_given(spec, funds_withdrawn, .transaction_id = "w1", .amount = 200,
                 .balance = 300, .entry = 2);
    jangle_when_asked(spec, get_account, .account_id = "000001");
    jangle_then_answer(spec, account_summary, .account_id = "000001", .name = "Natalie",
                       .balance = 300);
}

static void a_request_is_pending_until_it_is_answered(void **state)
{
    struct pending_request pending = {
        .transaction_id = "r1", .to_id = "000002", .amount = 100, .timeout_at = noon};

    (void)state;
    jangle_given(spec, request_received, .transaction_id = "r1", .to_id = "000002",
                 .amount = 100, .timeout_at = noon);
    jangle_when_asked(spec, get_account, .account_id = "000001");
    jangle_then_answer(spec, account_summary, .account_id = "000001", .name = "Natalie",
                       .requests = {&pending, 1});
    jangle_given(spec, request_rejected, .transaction_id = "r1");
    jangle_when_asked(spec, get_account, .account_id = "000001");
    jangle_then_answer(spec, account_summary, .account_id = "000001", .name = "Natalie");
}

/* ---- payments ---------------------------------------------------------------- */

static int open_payments(void **state)
{
    (void)state;
    spec = jangle_spec_subscriber(&payments_view);
    jangle_spec_at(spec, noon);
    return 0;
}

/* Both sides tell of a transfer, in events that come in any order. */
static void a_transfer_has_come_as_far_as_either_side_tells(void **state)
{
    struct payment_line line = {.transaction_id = "t1",
                                .at = noon,
                                .from_id = "000001",
                                .to_id = "000002",
                                .amount = 300,
                                .state = "credited",
                                .reason = ""};

    (void)state;
    jangle_spec_from(spec, "000002");
    jangle_given(spec, transfer_credited, .transaction_id = "t1", .from_id = "000001",
                 .amount = 300);
    jangle_when_asked(spec, get_payments, .account_id = "000001");
    jangle_then_answer(spec, account_payments, .account_id = "000001");
    jangle_spec_from(spec, "000001");
    jangle_when(spec, transfer_debited, .transaction_id = "t1", .to_id = "000002",
                .amount = 300);
    jangle_then_done(spec);
    jangle_when_asked(spec, get_payments, .account_id = "000001");
    jangle_then_answer(spec, account_payments, .account_id = "000001",
                       .transfers = {&line, 1});
}

int main(void)
{
#define OF_LEDGER(name)                                                                  \
    cmocka_unit_test_setup_teardown(name, open_ledger, assert_all_held)
#define OF_ACCOUNTS(name)                                                                \
    cmocka_unit_test_setup_teardown(name, open_accounts, assert_all_held)
#define OF_PAYMENTS(name)                                                                \
    cmocka_unit_test_setup_teardown(name, open_payments, assert_all_held)
    const struct CMUnitTest tests[] = {
        OF_LEDGER(a_ledger_has_an_entry_for_all_that_moved_money),
        OF_LEDGER(a_ledger_with_a_gap_is_not_shown),
        OF_LEDGER(an_account_that_is_not_there_has_no_ledger),
        OF_LEDGER(an_entry_that_comes_again_is_one_entry),
        OF_ACCOUNTS(an_account_shows_its_newest_balance),
        OF_ACCOUNTS(a_request_is_pending_until_it_is_answered),
        OF_PAYMENTS(a_transfer_has_come_as_far_as_either_side_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
