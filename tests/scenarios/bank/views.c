/* views.c - what the views show of accounts and their balances. */
#include "support/test.h"

#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "views/views.h"

#include <jangle/testing.h>

#include <string.h>

/* ---- a bank in memory -------------------------------------------------------- */

static struct jangle *bank;
static jangle_time now;
static uint64_t next;

static int open_bank(void **state)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate),
        .subscribers = JANGLE_SUBSCRIBERS(&accounts_view, &ledger_view),
        .storage = jangle_memory(),
        .host = {.clock = jangle_clock_fixed(&now),
                 .random = jangle_random_counting(&next),
                 .logger = jangle_logger_none()},
    };

    (void)state;
    now.us = 946684800000000;
    next = 1;
    bank = jangle_open(&config, &error);
    if (!bank)
        print_error("%s\n", error.message);
    return bank ? 0 : -1;
}

static int close_bank(void **state)
{
    (void)state;
    return (int)jangle_close(bank, -1);
}

static void catch_up(void)
{
    struct jangle_left left;

    assert_result(jangle_drain(bank, 10000, &left, NULL), JANGLE_OK);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
}

/* Natalie is 000001 and has 100.00. */
static int open_with_natalie(void **state)
{
    if (open_bank(state))
        return -1;
    assert_result(jangle_send(bank, NULL, create_account, .name = "Natalie",
                              .initial_deposit = {true, 10000}),
                  JANGLE_OK);
    return 0;
}

static void expect_stats(bool including_deleted, struct bank_stats expected)
{
    struct jangle_answer answer = {0};
    const struct bank_stats *stats;

    assert_result(
        jangle_ask(bank, &answer, get_bank_stats, .including_deleted = including_deleted),
        JANGLE_OK);
    stats = answer.data;
    assert_int_equal(stats->active_accounts, expected.active_accounts);
    assert_int_equal(stats->deleted_accounts, expected.deleted_accounts);
    assert_int_equal(stats->net_balance, expected.net_balance);
    assert_int_equal(stats->transactions, expected.transactions);
    assert_int_equal(stats->average_deposit, expected.average_deposit);
    assert_int_equal(stats->average_withdrawal, expected.average_withdrawal);
    assert_int_equal(stats->debt_forgiven, expected.debt_forgiven);
    jangle_answer_free(&answer);
}

static void expect_balance(const char *account_id, int64_t balance)
{
    struct jangle_answer answer = {0};
    const struct account_summary *summary;

    assert_result(jangle_ask(bank, &answer, get_account, .account_id = account_id),
                  JANGLE_OK);
    summary = answer.data;
    assert_string_equal(summary->account_id, account_id);
    assert_string_equal(summary->name, "Natalie");
    assert_int_equal(summary->balance, balance);
    jangle_answer_free(&answer);
}

static void expect_count_of_accounts(int64_t at_most, size_t count)
{
    struct jangle_answer answer = {0};
    const struct account_list *list;

    assert_result(jangle_ask(bank, &answer, list_accounts, .at_most = at_most),
                  JANGLE_OK);
    list = answer.data;
    assert_int_equal(list->accounts.count, count);
    jangle_answer_free(&answer);
}

/* The last line of a ledger with so many after its opening. */
static void expect_ledger(const char *account_id,
                          int64_t entries,
                          const char *kind,
                          int64_t amount,
                          int64_t balance)
{
    struct jangle_answer answer = {0};
    const struct account_ledger *ledger;
    const struct ledger_entry *last;

    assert_result(jangle_ask(bank, &answer, get_ledger, .account_id = account_id),
                  JANGLE_OK);
    ledger = answer.data;
    assert_int_equal(ledger->entries.count, entries + 1);
    last = &ledger->entries.items[entries];
    assert_int_equal(last->entry, entries);
    assert_string_equal(last->kind, kind);
    assert_int_equal(last->amount, amount);
    assert_int_equal(last->balance, balance);
    assert_int_equal(last->at.us, now.us);
    jangle_answer_free(&answer);
}

static void expect_not_found(const char *account_id)
{
    struct jangle_answer answer = {0};

    assert_result(jangle_ask(bank, &answer, get_account, .account_id = account_id),
                  JANGLE_NOT_FOUND);
    assert_non_null(strstr(answer.error.message, account_id));
    jangle_answer_free(&answer);
}

/* ---- accounts, and their money ----------------------------------------------- */

static void an_empty_bank_has_no_accounts_and_no_figures(void **state)
{
    struct jangle_answer answer = {0};

    (void)state;
    catch_up();
    expect_count_of_accounts(0, 0);
    expect_stats(true, (struct bank_stats){0});
    expect_not_found("000001");
    assert_result(jangle_ask(bank, &answer, get_ledger, .account_id = "000001"),
                  JANGLE_NOT_FOUND);
    assert_string_equal(answer.error.message, "no account 000001");
    jangle_answer_free(&answer);
}

static void an_account_without_a_deposit_has_nothing(void **state)
{
    (void)state;
    assert_result(jangle_send(bank, NULL, create_account, .name = "Natalie"), JANGLE_OK);
    catch_up();
    expect_count_of_accounts(0, 1);
    expect_balance("000001", 0);
    expect_ledger("000001", 0, "account opened", 0, 0);
    expect_stats(true, (struct bank_stats){.active_accounts = 1});
}

static void an_initial_deposit_is_shown(void **state)
{
    (void)state;
    catch_up();
    expect_balance("000001", 10000);
    expect_ledger("000001", 1, "deposit", 10000, 10000);
    expect_stats(true, (struct bank_stats){.active_accounts = 1,
                                           .net_balance = 10000,
                                           .transactions = 1,
                                           .average_deposit = 10000});
}

static void a_deposit_is_shown(void **state)
{
    (void)state;
    now.us += 1000000;
    jangle_send(bank, NULL, deposit_funds, .account_id = "000001", .amount = 5051);
    catch_up();
    expect_balance("000001", 15051);
    expect_ledger("000001", 2, "deposit", 5051, 15051);
    expect_stats(true, (struct bank_stats){.active_accounts = 1,
                                           .net_balance = 15051,
                                           .transactions = 2,
                                           .average_deposit = 7526}); /* rounded */
}

static void a_withdrawal_is_shown(void **state)
{
    (void)state;
    jangle_send(bank, NULL, withdraw_funds, .account_id = "000001", .amount = 15000);
    catch_up();
    expect_balance("000001", -5000);
    expect_ledger("000001", 2, "withdrawal", -15000, -5000);
    expect_stats(true, (struct bank_stats){.active_accounts = 1,
                                           .net_balance = -5000,
                                           .transactions = 2,
                                           .average_deposit = 10000,
                                           .average_withdrawal = 15000});
}

static void a_forgiven_debt_is_shown(void **state)
{
    (void)state;
    jangle_send(bank, NULL, withdraw_funds, .account_id = "000001", .amount = 15000);
    jangle_send(bank, NULL, forgive_debt, .account_id = "000001");
    catch_up();
    expect_balance("000001", 0);
    expect_ledger("000001", 3, "debt forgiven", 5000, 0);
    expect_stats(true, (struct bank_stats){.active_accounts = 1,
                                           .transactions = 3,
                                           .average_deposit = 10000,
                                           .average_withdrawal = 15000,
                                           .debt_forgiven = 5000});
}

static void a_deleted_account_is_counted_and_no_longer_listed(void **state)
{
    (void)state;
    jangle_send(bank, NULL, delete_account, .account_id = "000001");
    catch_up();
    expect_count_of_accounts(0, 0);
    expect_not_found("000001");
    expect_ledger("000001", 1, "deposit", 10000, 10000);
    expect_stats(true, (struct bank_stats){.deleted_accounts = 1,
                                           .net_balance = 10000,
                                           .transactions = 1,
                                           .average_deposit = 10000});
    expect_stats(false, (struct bank_stats){.deleted_accounts = 1,
                                            .transactions = 1,
                                            .average_deposit = 10000});
}

static void a_refused_command_shows_nowhere(void **state)
{
    (void)state;
    assert_result(
        jangle_send(bank, NULL, withdraw_funds, .account_id = "000001", .amount = 20001),
        JANGLE_REJECTED);
    catch_up();
    expect_balance("000001", 10000);
    expect_ledger("000001", 1, "deposit", 10000, 10000);
}

static void a_list_has_no_more_accounts_than_asked_for(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        jangle_send(bank, NULL, create_account, .name = "Ursula");
    catch_up();
    expect_count_of_accounts(0, 5);
    expect_count_of_accounts(3, 3);
    expect_count_of_accounts(9, 5);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, close_bank)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_bank_has_no_accounts_and_no_figures, open_bank),
        TEST(an_account_without_a_deposit_has_nothing, open_bank),
        TEST(an_initial_deposit_is_shown, open_with_natalie),
        TEST(a_deposit_is_shown, open_with_natalie),
        TEST(a_withdrawal_is_shown, open_with_natalie),
        TEST(a_forgiven_debt_is_shown, open_with_natalie),
        TEST(a_deleted_account_is_counted_and_no_longer_listed, open_with_natalie),
        TEST(a_refused_command_shows_nowhere, open_with_natalie),
        TEST(a_list_has_no_more_accounts_than_asked_for, open_with_natalie),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
