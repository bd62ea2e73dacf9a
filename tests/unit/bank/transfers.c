/* transfers.c - the rules of transfers: debit, credit, rollback. */
#include "support/test.h"

#include "domain/account.h"
#include "domain/account_more.h"
#include "domain/messages.h"

#include <jangle/testing.h>

static struct jangle_spec *spec;

/* ---- before and after each test ---------------------------------------------- */

static int open_unknown(void **state)
{
    (void)state;
    spec = jangle_spec_aggregate(&account_aggregate, "000001");
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

/* She has sent 20.00, and nobody knows what became of it. */
static int open_sent(void **state)
{
    open_live(state);
    jangle_given(spec, transfer_debited, .transaction_id = "t", .to_id = "000002",
                 .amount = 2000, .balance = 3000, .entry = 2);
    return 0;
}

static void assert_all_held(void)
{
    assert_int_equal(jangle_spec_close(spec), 0);
}

/* ---- sending ----------------------------------------------------------------- */

static void a_transfer_takes_from_the_balance_and_is_remembered(void **state)
{
    struct open_transfer open = {"command-1", 2000};

    (void)state;
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "000002",
                .amount = 2000);
    jangle_then(spec, transfer_debited, .transaction_id = "command-1", .to_id = "000002",
                .amount = 2000, .balance = 3000, .entry = 2);
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 3000, .entries = 2,
                      .transfers = {&open, 1});
    assert_all_held();
}

static void a_transfer_may_lead_to_100_00_of_debt(void **state)
{
    (void)state;
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "000002",
                .amount = 15000);
    jangle_then(spec, transfer_debited, .transaction_id = "command-1", .to_id = "000002",
                .amount = 15000, .balance = -10000, .entry = 2);
    assert_all_held();
}

static void a_transfer_may_not_lead_to_100_01_of_debt(void **state)
{
    (void)state;
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "000002",
                .amount = 15001);
    jangle_then_rejected(spec, "insufficient funds");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void an_unknown_account_sends_nothing(void **state)
{
    (void)state;
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "000002",
                .amount = 1);
    jangle_then_rejected(spec, "account 000001 does not exist");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_deleted_account_sends_nothing(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "000002",
                .amount = 1);
    jangle_then_rejected(spec, "account 000001 is deleted");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void nobody_sends_to_himself(void **state)
{
    (void)state;
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "000001",
                .amount = 1);
    jangle_then_invalid(spec, "to_id");
    assert_all_held();
}

static void a_transfer_needs_an_amount_and_a_sound_target(void **state)
{
    (void)state;
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "000002");
    jangle_then_invalid(spec, "amount");
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "000002",
                .amount = 100000001);
    jangle_then_invalid(spec, "amount");
    jangle_when(spec, transfer_funds, .account_id = "000001", .to_id = "2", .amount = 1);
    jangle_then_invalid(spec, "to_id");
    jangle_when(spec, transfer_funds, .account_id = "1", .to_id = "000002", .amount = 1);
    jangle_then_invalid(spec, "account_id");
    assert_all_held();
}

/* ---- being credited ---------------------------------------------------------- */

static void a_credit_is_told_to_the_sender_in_the_same_commit(void **state)
{
    (void)state;
    jangle_when(spec, credit_transfer, .account_id = "000001", .transaction_id = "t",
                .from_id = "000003", .amount = 700);
    jangle_then(spec, transfer_credited, .transaction_id = "t", .from_id = "000003",
                .amount = 700, .balance = 5700, .entry = 2);
    jangle_then_to(spec, &account_aggregate, "000003", transfer_closed,
                   .transaction_id = "t");
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5700, .entries = 2);
    assert_all_held();
}

static void an_unknown_account_is_not_credited(void **state)
{
    (void)state;
    jangle_when(spec, credit_transfer, .account_id = "000001", .transaction_id = "t",
                .from_id = "000003", .amount = 700);
    jangle_then_rejected(spec, "account 000001 does not exist");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_deleted_account_is_not_credited(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_when(spec, credit_transfer, .account_id = "000001", .transaction_id = "t",
                .from_id = "000003", .amount = 700);
    jangle_then_rejected(spec, "account 000001 is deleted");
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- giving back ------------------------------------------------------------- */

static void a_rollback_gives_back_what_was_sent_and_forgets_it(void **state)
{
    (void)state;
    jangle_when(spec, roll_back_transfer, .account_id = "000001", .transaction_id = "t",
                .reason = "account 000002 does not exist");
    jangle_then(spec, transfer_rolled_back, .transaction_id = "t",
                .reason = "account 000002 does not exist", .amount = 2000,
                .balance = 5000, .entry = 3);
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5000, .entries = 3);
    assert_all_held();
}

static void nothing_is_rolled_back_twice(void **state)
{
    (void)state;
    jangle_given(spec, transfer_rolled_back, .transaction_id = "t", .amount = 2000,
                 .balance = 5000, .entry = 3);
    jangle_when(spec, roll_back_transfer, .account_id = "000001", .transaction_id = "t",
                .reason = "why");
    jangle_then_rejected(spec, "no open transfer t");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void nothing_is_rolled_back_that_was_never_sent(void **state)
{
    (void)state;
    jangle_when(spec, roll_back_transfer, .account_id = "000001", .transaction_id = "t",
                .reason = "why");
    jangle_then_rejected(spec, "no open transfer t");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void nothing_is_rolled_back_that_was_credited(void **state)
{
    (void)state;
    jangle_given(spec, transfer_closed, .transaction_id = "t");
    jangle_then_state(spec, account_state, .exists = true, .balance = 3000, .entries = 2);
    jangle_when(spec, roll_back_transfer, .account_id = "000001", .transaction_id = "t",
                .reason = "why");
    jangle_then_rejected(spec, "no open transfer t");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_deleted_account_gets_its_money_back(void **state)
{
    (void)state;
    jangle_given(spec, account_deleted, .account_id = "000001");
    jangle_when(spec, roll_back_transfer, .account_id = "000001", .transaction_id = "t",
                .reason = "why");
    jangle_then(spec, transfer_rolled_back, .transaction_id = "t", .reason = "why",
                .amount = 2000, .balance = 5000, .entry = 3);
    jangle_then_nothing(spec);
    assert_all_held();
}

static void an_account_with_open_transfers_can_be_deleted(void **state)
{
    struct open_transfer open = {"t", 2000};

    (void)state;
    jangle_when(spec, delete_account, .account_id = "000001");
    jangle_then(spec, account_deleted, .account_id = "000001");
    jangle_then_state(spec, account_state, .exists = true, .deleted = true,
                      .balance = 3000, .entries = 2, .transfers = {&open, 1});
    assert_all_held();
}

static void only_the_transfer_that_is_meant_is_closed(void **state)
{
    struct open_transfer open[] = {{"t", 2000}, {"v", 20}};

    (void)state;
    jangle_given(spec, transfer_debited, .transaction_id = "u", .to_id = "000003",
                 .amount = 10, .balance = 2990, .entry = 3);
    jangle_given(spec, transfer_debited, .transaction_id = "v", .to_id = "000004",
                 .amount = 20, .balance = 2970, .entry = 4);
    jangle_given(spec, transfer_closed, .transaction_id = "u");
    jangle_given(spec, transfer_closed, .transaction_id = "unknown");
    jangle_then_state(spec, account_state, .exists = true, .balance = 2970, .entries = 4,
                      .transfers = {open, 2});
    jangle_when(spec, roll_back_transfer, .account_id = "000001", .transaction_id = "v",
                .reason = "why");
    jangle_then(spec, transfer_rolled_back, .transaction_id = "v", .reason = "why",
                .amount = 20, .balance = 2990, .entry = 5);
    assert_all_held();
}

#define TEST(name, given) cmocka_unit_test_setup(name, given)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_transfer_takes_from_the_balance_and_is_remembered, open_live),
        TEST(a_transfer_may_lead_to_100_00_of_debt, open_live),
        TEST(a_transfer_may_not_lead_to_100_01_of_debt, open_live),
        TEST(an_unknown_account_sends_nothing, open_unknown),
        TEST(a_deleted_account_sends_nothing, open_live),
        TEST(nobody_sends_to_himself, open_live),
        TEST(a_transfer_needs_an_amount_and_a_sound_target, open_live),
        TEST(a_credit_is_told_to_the_sender_in_the_same_commit, open_live),
        TEST(an_unknown_account_is_not_credited, open_unknown),
        TEST(a_deleted_account_is_not_credited, open_live),
        TEST(a_rollback_gives_back_what_was_sent_and_forgets_it, open_sent),
        TEST(nothing_is_rolled_back_twice, open_sent),
        TEST(nothing_is_rolled_back_that_was_never_sent, open_live),
        TEST(nothing_is_rolled_back_that_was_credited, open_sent),
        TEST(a_deleted_account_gets_its_money_back, open_sent),
        TEST(an_account_with_open_transfers_can_be_deleted, open_sent),
        TEST(only_the_transfer_that_is_meant_is_closed, open_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
