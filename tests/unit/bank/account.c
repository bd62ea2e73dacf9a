/* account.c - the rules of an account: money in and out, debts, deletion, opening. */
#include "support/test.h"

#include "domain/account.h"
#include "domain/account_ids.h"
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

static int open_live(void **state)
{
    open_unknown(state);
    jangle_given(spec, account_created, .name = "Natalie");
    return 0;
}

static int open_deleted(void **state)
{
    open_live(state);
    jangle_given(spec, account_deleted, .account_id = "000001");
    return 0;
}

static int open_ids(void **state)
{
    (void)state;
    spec = jangle_spec_aggregate(&account_ids_aggregate, "bank");
    return 0;
}

/* What did not hold has been printed, with its line. */
static void assert_all_held(void)
{
    assert_int_equal(jangle_spec_close(spec), 0);
}

/* 50.00 in debt after one deposit and one withdrawal. */
static void given_a_debt(void)
{
    jangle_given(spec, funds_deposited, .amount = 10000, .balance = 10000, .entry = 1);
    jangle_given(spec, funds_withdrawn, .amount = 15000, .balance = -5000, .entry = 2);
}

/* ---- accounts that are not there --------------------------------------------- */

static void an_unknown_account_refuses_everything(void **state)
{
    static const char reason[] = "account 000001 does not exist";

    (void)state;
    jangle_when(spec, deposit_funds, .account_id = "000001", .amount = 1);
    jangle_then_rejected(spec, reason);
    jangle_when(spec, withdraw_funds, .account_id = "000001", .amount = 1);
    jangle_then_rejected(spec, reason);
    jangle_when(spec, forgive_debt, .account_id = "000001");
    jangle_then_rejected(spec, reason);
    jangle_when(spec, delete_account, .account_id = "000001");
    jangle_then_rejected(spec, reason);
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_deleted_account_refuses_money(void **state)
{
    static const char reason[] = "account 000001 is deleted";

    (void)state;
    jangle_when(spec, deposit_funds, .account_id = "000001", .amount = 1);
    jangle_then_rejected(spec, reason);
    jangle_when(spec, withdraw_funds, .account_id = "000001", .amount = 1);
    jangle_then_rejected(spec, reason);
    jangle_when(spec, forgive_debt, .account_id = "000001");
    jangle_then_rejected(spec, reason);
    assert_all_held();
}

/* ---- money in, money out ----------------------------------------------------- */

static void a_deposit_adds_to_the_balance(void **state)
{
    (void)state;
    jangle_when(spec, deposit_funds, .account_id = "000001", .amount = 5050);
    jangle_then(spec, funds_deposited, .transaction_id = "command-1", .amount = 5050,
                .balance = 5050, .entry = 1);
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .balance = 5050, .entries = 1);
    assert_all_held();
}

static void a_withdrawal_takes_from_the_balance(void **state)
{
    (void)state;
    jangle_given(spec, funds_deposited, .amount = 5050, .balance = 5050, .entry = 1);
    jangle_when(spec, withdraw_funds, .account_id = "000001", .amount = 50);
    jangle_then(spec, funds_withdrawn, .transaction_id = "command-1", .amount = 50,
                .balance = 5000, .entry = 2);
    jangle_then_nothing(spec);
    assert_all_held();
}

static void an_account_may_owe_100_00(void **state)
{
    (void)state;
    jangle_when(spec, withdraw_funds, .account_id = "000001", .amount = 10000);
    jangle_then(spec, funds_withdrawn, .transaction_id = "command-1", .amount = 10000,
                .balance = -10000, .entry = 1);
    assert_all_held();
}

static void an_account_may_not_owe_100_01(void **state)
{
    (void)state;
    jangle_when(spec, withdraw_funds, .account_id = "000001", .amount = 10001);
    jangle_then_rejected(spec, "insufficient funds");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void the_balance_is_what_the_amounts_add_up_to(void **state)
{
    (void)state;
    jangle_given(spec, funds_deposited, .amount = 100, .balance = 999999, .entry = 1);
    jangle_when(spec, deposit_funds, .account_id = "000001", .amount = 1);
    jangle_then(spec, funds_deposited, .transaction_id = "command-1", .amount = 1,
                .balance = 101, .entry = 2);
    assert_all_held();
}

static void entries_of_every_kind_are_counted_together(void **state)
{
    (void)state;
    given_a_debt();
    jangle_when(spec, forgive_debt, .account_id = "000001");
    jangle_then(spec, debt_forgiven, .transaction_id = "command-1", .amount = 5000,
                .balance = 0, .entry = 3);
    jangle_when(spec, deposit_funds, .account_id = "000001", .amount = 7);
    jangle_then(spec, funds_deposited, .transaction_id = "command-2", .amount = 7,
                .balance = 7, .entry = 4);
    jangle_when(spec, withdraw_funds, .account_id = "000001", .amount = 7);
    jangle_then(spec, funds_withdrawn, .transaction_id = "command-3", .amount = 7,
                .balance = 0, .entry = 5);
    assert_all_held();
}

/* ---- forgiveness ------------------------------------------------------------- */

static void a_debt_is_forgiven(void **state)
{
    (void)state;
    given_a_debt();
    jangle_when(spec, forgive_debt, .account_id = "000001");
    jangle_then(spec, debt_forgiven, .transaction_id = "command-1", .amount = 5000,
                .balance = 0, .entry = 3);
    jangle_then_nothing(spec);
    jangle_then_state(spec, account_state, .exists = true, .entries = 3,
                      .times_forgiven = 1);
    assert_all_held();
}

static void who_owes_nothing_is_forgiven_nothing(void **state)
{
    (void)state;
    jangle_when(spec, forgive_debt, .account_id = "000001");
    jangle_then_rejected(spec, "forgiveness not applicable");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void a_debt_of_100_00_is_forgiven(void **state)
{
    (void)state;
    jangle_given(spec, funds_withdrawn, .amount = 10000, .balance = -10000, .entry = 1);
    jangle_when(spec, forgive_debt, .account_id = "000001");
    jangle_then(spec, debt_forgiven, .transaction_id = "command-1", .amount = 10000,
                .balance = 0, .entry = 2);
    assert_all_held();
}

static void a_debt_of_100_01_is_not_forgiven(void **state)
{
    (void)state;
    jangle_given(spec, funds_withdrawn, .amount = 10001, .balance = -10001, .entry = 1);
    jangle_when(spec, forgive_debt, .account_id = "000001");
    jangle_then_rejected(spec, "debt too large to be forgiven");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void nobody_is_forgiven_three_times(void **state)
{
    (void)state;
    for (int64_t time = 0; time < 2; time++) {
        jangle_when(spec, withdraw_funds, .account_id = "000001", .amount = 1);
        jangle_then(spec, funds_withdrawn,
                    .transaction_id = time ? "command-3" : "command-1", .amount = 1,
                    .balance = -1, .entry = 2 * time + 1);
        jangle_when(spec, forgive_debt, .account_id = "000001");
        jangle_then(spec, debt_forgiven,
                    .transaction_id = time ? "command-4" : "command-2", .amount = 1,
                    .balance = 0, .entry = 2 * time + 2);
    }
    jangle_given(spec, funds_withdrawn, .amount = 1, .balance = -1, .entry = 5);
    jangle_when(spec, forgive_debt, .account_id = "000001");
    jangle_then_rejected(spec, "forgiveness quota exceeded");
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- deletion ---------------------------------------------------------------- */

static void an_account_is_deleted(void **state)
{
    (void)state;
    jangle_when(spec, delete_account, .account_id = "000001");
    jangle_then(spec, account_deleted, .account_id = "000001");
    jangle_then_nothing(spec);
    assert_all_held();
}

static void deleting_twice_is_fine_and_stores_nothing(void **state)
{
    (void)state;
    jangle_when(spec, delete_account, .account_id = "000001");
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- opening ----------------------------------------------------------------- */

static void an_account_is_opened_with_the_first_number(void **state)
{
    (void)state;
    jangle_when(spec, create_account, .name = "Natalie");
    jangle_then(spec, account_id_provisioned, .account_id = "000001");
    jangle_then_to(spec, &account_aggregate, "000001", account_created,
                   .name = "Natalie");
    jangle_then_nothing(spec);
    jangle_then_reply(spec, "000001");
    assert_all_held();
}

static void an_initial_deposit_is_entry_1(void **state)
{
    (void)state;
    jangle_when(spec, create_account, .name = "Natalie",
                .initial_deposit = {true, 10000});
    jangle_then(spec, account_id_provisioned, .account_id = "000001");
    jangle_then_to(spec, &account_aggregate, "000001", account_created,
                   .name = "Natalie");
    jangle_then_to(spec, &account_aggregate, "000001", funds_deposited,
                   .transaction_id = "command-1", .amount = 10000, .balance = 10000,
                   .entry = 1);
    jangle_then_nothing(spec);
    assert_all_held();
}

static void the_next_account_gets_the_next_number(void **state)
{
    (void)state;
    jangle_given(spec, account_id_provisioned, .account_id = "000041");
    jangle_when(spec, create_account, .name = "Natalie");
    jangle_then(spec, account_id_provisioned, .account_id = "000042");
    jangle_then_to(spec, &account_aggregate, "000042", account_created,
                   .name = "Natalie");
    jangle_then_reply(spec, "000042");
    assert_all_held();
}

static void the_last_number_is_given_out(void **state)
{
    (void)state;
    jangle_given(spec, account_id_provisioned, .account_id = "999998");
    jangle_when(spec, create_account, .name = "Natalie");
    jangle_then(spec, account_id_provisioned, .account_id = "999999");
    jangle_then_to(spec, &account_aggregate, "999999", account_created,
                   .name = "Natalie");
    assert_all_held();
}

static void the_millionth_account_is_refused(void **state)
{
    (void)state;
    jangle_given(spec, account_id_provisioned, .account_id = "999999");
    jangle_when(spec, create_account, .name = "Natalie");
    jangle_then_rejected(spec, "all 999999 account numbers are taken");
    jangle_then_nothing(spec);
    assert_all_held();
}

/* ---- messages that make no sense --------------------------------------------- */

static void an_amount_is_between_0_01_and_a_million(void **state)
{
    static const int64_t wrong[] = {INT64_MIN, -1, 0, 100000001, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        jangle_when(spec, deposit_funds, .account_id = "000001", .amount = wrong[i]);
        jangle_then_invalid(spec, "amount");
        jangle_when(spec, withdraw_funds, .account_id = "000001", .amount = wrong[i]);
        jangle_then_invalid(spec, "amount");
    }
    jangle_when(spec, deposit_funds, .account_id = "000001", .amount = 100000000);
    jangle_then(spec, funds_deposited, .transaction_id = "command-1", .amount = 100000000,
                .balance = 100000000, .entry = 1);
    assert_all_held();
}

static void an_account_id_is_six_digits(void **state)
{
    static const char *const wrong[] = {"", "00001", "0000001", "00000x", "０００００１"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        jangle_when(spec, deposit_funds, .account_id = wrong[i], .amount = 1);
        jangle_then_invalid(spec, "account_id");
        jangle_when(spec, withdraw_funds, .account_id = wrong[i], .amount = 1);
        jangle_then_invalid(spec, "account_id");
        jangle_when(spec, forgive_debt, .account_id = wrong[i]);
        jangle_then_invalid(spec, "account_id");
        jangle_when(spec, delete_account, .account_id = wrong[i]);
        jangle_then_invalid(spec, "account_id");
    }
    assert_all_held();
}

static void a_name_has_5_to_15_characters(void **state)
{
    (void)state;
    jangle_when(spec, create_account, .name = "Anna");
    jangle_then_invalid(spec, "name");
    jangle_when(spec, create_account, .name = "Bartholomew Bono");
    jangle_then_invalid(spec, "name");
    jangle_when(spec, create_account, .name = "Søren");
    jangle_then(spec, account_id_provisioned, .account_id = "000001");
    jangle_then_to(spec, &account_aggregate, "000001", account_created, .name = "Søren");
    assert_all_held();
}

static void an_initial_deposit_is_not_nothing(void **state)
{
    (void)state;
    jangle_when(spec, create_account, .name = "Natalie", .initial_deposit = {true, 0});
    jangle_then_invalid(spec, "initial_deposit");
    assert_all_held();
}

#define TEST(name, given) cmocka_unit_test_setup(name, given)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unknown_account_refuses_everything, open_unknown),
        TEST(a_deleted_account_refuses_money, open_deleted),
        TEST(a_deposit_adds_to_the_balance, open_live),
        TEST(a_withdrawal_takes_from_the_balance, open_live),
        TEST(an_account_may_owe_100_00, open_live),
        TEST(an_account_may_not_owe_100_01, open_live),
        TEST(the_balance_is_what_the_amounts_add_up_to, open_live),
        TEST(entries_of_every_kind_are_counted_together, open_live),
        TEST(a_debt_is_forgiven, open_live),
        TEST(who_owes_nothing_is_forgiven_nothing, open_live),
        TEST(a_debt_of_100_00_is_forgiven, open_live),
        TEST(a_debt_of_100_01_is_not_forgiven, open_live),
        TEST(nobody_is_forgiven_three_times, open_live),
        TEST(an_account_is_deleted, open_live),
        TEST(deleting_twice_is_fine_and_stores_nothing, open_deleted),
        TEST(an_account_is_opened_with_the_first_number, open_ids),
        TEST(an_initial_deposit_is_entry_1, open_ids),
        TEST(the_next_account_gets_the_next_number, open_ids),
        TEST(the_last_number_is_given_out, open_ids),
        TEST(the_millionth_account_is_refused, open_ids),
        TEST(an_amount_is_between_0_01_and_a_million, open_live),
        TEST(an_account_id_is_six_digits, open_live),
        TEST(a_name_has_5_to_15_characters, open_ids),
        TEST(an_initial_deposit_is_not_nothing, open_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
