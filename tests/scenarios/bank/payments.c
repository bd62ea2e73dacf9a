/* payments.c - what the views show of transfers and requests, after each step. */
#include "support/domains/bank_world.h"

/* ---- how far it has come: a test sends what a saga would --------------------- */

/* Natalie has sent Johann 20.00. */
static int open_sent(void **state)
{
    if (bank_world_without_sagas(state))
        return -1;
    return (int)BANK_SEND_AS((struct bank_world *)*state, "t", transfer_funds,
                             .account_id = "000001", .to_id = "000002", .amount = 2000);
}

/* Johann has asked her for 20.00... */
static int open_asking(void **state)
{
    if (bank_world_without_sagas(state))
        return -1;
    return (int)BANK_SEND_AS((struct bank_world *)*state, "r", request_funds,
                             .account_id = "000002", .from_id = "000001", .amount = 2000);
}

/* ...and she knows of it... */
static int open_asked(void **state)
{
    struct bank_world *world;

    if (open_asking(state))
        return -1;
    world = *state;
    return (int)BANK_SEND(world, get_request_approval, .account_id = "000001",
                          .transaction_id = "r", .to_id = "000002", .amount = 2000,
                          .timeout_at = jangle_time_after_ms(world->now, 1800000));
}

/* ...and was debited. */
static int open_debited(void **state)
{
    struct bank_world *world;

    if (open_asked(state))
        return -1;
    world = *state;
    BANK_SEND(world, accept_request, .account_id = "000001", .transaction_id = "r");
    return (int)BANK_SEND(world, debit_request, .account_id = "000001",
                          .transaction_id = "r");
}

/* ---- what is to be seen ------------------------------------------------------ */

/* Both sides see the same. */
static void expect_payment(struct bank_world *world, const char *id, const char *what)
{
    bank_world_settle(world);
    assert_string_equal(bank_world_payment(world, "000001", id), what);
    assert_string_equal(bank_world_payment(world, "000002", id), what);
}

static void expect_lines(struct bank_world *world, size_t transfers, size_t requests)
{
    struct jangle_answer answer = {0};
    const struct account_payments *payments;
    const struct payment_line *line;

    assert_result(jangle_ask(world->bank, &answer, get_payments, .account_id = "000002"),
                  JANGLE_OK);
    payments = answer.data;
    assert_int_equal(payments->transfers.count, transfers);
    assert_int_equal(payments->requests.count, requests);
    line = transfers ? payments->transfers.items : payments->requests.items;
    assert_string_equal(line->from_id, "000001");
    assert_string_equal(line->to_id, "000002");
    assert_int_equal(line->amount, 2000);
    assert_int_equal(line->at.us, world->now.us);
    jangle_answer_free(&answer);
}

/* The last line of her ledger, or of his. */
static void expect_entry(struct bank_world *world,
                         const char *account_id,
                         const char *kind,
                         int64_t amount,
                         int64_t balance)
{
    struct jangle_answer answer = {0};
    const struct account_ledger *ledger;
    const struct ledger_entry *last;

    assert_result(jangle_ask(world->bank, &answer, get_ledger, .account_id = account_id),
                  JANGLE_OK);
    ledger = answer.data;
    last = &ledger->entries.items[ledger->entries.count - 1];
    assert_string_equal(last->kind, kind);
    assert_int_equal(last->amount, amount);
    assert_int_equal(last->balance, balance);
    jangle_answer_free(&answer);
}

static void expect_transactions(struct bank_world *world, int64_t count)
{
    struct jangle_answer answer = {0};
    const struct bank_stats *stats;

    assert_result(
        jangle_ask(world->bank, &answer, get_bank_stats, .including_deleted = true),
        JANGLE_OK);
    stats = answer.data;
    assert_int_equal(stats->transactions, count);
    jangle_answer_free(&answer);
}

static void expect_pending_line(const struct bank_world *world,
                                const struct pending_request *request)
{
    assert_string_equal(request->transaction_id, "r");
    assert_string_equal(request->to_id, "000002");
    assert_int_equal(request->amount, 2000);
    assert_int_equal(request->timeout_at.us,
                     jangle_time_after_ms(world->now, 1800000).us);
}

/* Requests that wait for Natalie's answer, as the list has it, and her own page. */
static void expect_pending(struct bank_world *world, size_t count)
{
    struct jangle_answer answer = {0};
    const struct account_list *list;
    const struct account_summary *summary;

    assert_result(jangle_ask(world->bank, &answer, list_accounts, .at_most = 0),
                  JANGLE_OK);
    list = answer.data;
    assert_int_equal(list->accounts.items[0].pending_requests, count);
    assert_int_equal(list->accounts.items[1].pending_requests, 0);
    jangle_answer_free(&answer);

    assert_result(jangle_ask(world->bank, &answer, get_account, .account_id = "000001"),
                  JANGLE_OK);
    summary = answer.data;
    assert_int_equal(summary->requests.count, count);
    if (count)
        expect_pending_line(world, summary->requests.items);
    jangle_answer_free(&answer);
}

/* ---- transfers --------------------------------------------------------------- */

static void a_transfer_is_shown_as_debited(void **state)
{
    struct bank_world *world = *state;

    expect_payment(world, "t", "debited");
    expect_lines(world, 1, 0);
    expect_entry(world, "000001", "transfer sent", -2000, 8000);
    assert_int_equal(bank_world_balance(world, "000002"), 0);
    expect_transactions(world, 2);
}

static void a_credited_transfer_is_shown(void **state)
{
    struct bank_world *world = *state;

    assert_result(BANK_SEND(world, credit_transfer, .account_id = "000002",
                            .transaction_id = "t", .from_id = "000001", .amount = 2000),
                  JANGLE_OK);
    expect_payment(world, "t", "credited");
    expect_lines(world, 1, 0);
    expect_entry(world, "000002", "transfer received", 2000, 2000);
    assert_int_equal(bank_world_balance(world, "000001"), 8000);
    expect_transactions(world, 3);
}

static void a_transfer_that_was_rolled_back_is_shown_with_the_reason(void **state)
{
    struct bank_world *world = *state;

    assert_result(BANK_SEND(world, roll_back_transfer, .account_id = "000001",
                            .transaction_id = "t", .reason = "he was out"),
                  JANGLE_OK);
    expect_payment(world, "t", "rolled back: he was out");
    expect_lines(world, 1, 0);
    expect_entry(world, "000001", "transfer returned", 2000, 10000);
    expect_transactions(world, 3);
}

/* ---- requests ---------------------------------------------------------------- */

static void a_request_that_has_not_arrived_is_not_pending(void **state)
{
    struct bank_world *world = *state;

    expect_payment(world, "r", "sent");
    expect_lines(world, 0, 1);
    expect_pending(world, 0);
    expect_transactions(world, 1);
}

static void a_request_that_has_arrived_is_pending(void **state)
{
    struct bank_world *world = *state;

    expect_payment(world, "r", "received");
    expect_lines(world, 0, 1);
    expect_pending(world, 1);
}

static void an_accepted_request_is_not_pending(void **state)
{
    struct bank_world *world = *state;

    assert_result(
        BANK_SEND(world, accept_request, .account_id = "000001", .transaction_id = "r"),
        JANGLE_OK);
    expect_payment(world, "r", "accepted");
    expect_pending(world, 0);
}

static void a_rejected_request_is_not_pending(void **state)
{
    struct bank_world *world = *state;

    assert_result(
        BANK_SEND(world, reject_request, .account_id = "000001", .transaction_id = "r"),
        JANGLE_OK);
    expect_payment(world, "r", "rejected");
    expect_pending(world, 0);
}

static void a_request_that_was_closed_unanswered_is_not_pending(void **state)
{
    struct bank_world *world = *state;

    assert_result(
        BANK_SEND(world, close_request, .account_id = "000001", .transaction_id = "r"),
        JANGLE_OK);
    expect_payment(world, "r", "received");
    expect_pending(world, 0);
}

static void a_failed_request_is_shown_with_the_reason(void **state)
{
    struct bank_world *world = *state;

    assert_result(BANK_SEND(world, notify_request_failed, .account_id = "000002",
                            .transaction_id = "r", .reason = "timed out"),
                  JANGLE_OK);
    expect_payment(world, "r", "failed: timed out");
}

static void a_debited_request_is_shown(void **state)
{
    struct bank_world *world = *state;

    expect_payment(world, "r", "debited");
    expect_entry(world, "000001", "request paid", -2000, 8000);
    assert_int_equal(bank_world_balance(world, "000002"), 0);
    expect_pending(world, 0);
    expect_transactions(world, 2);
}

static void a_credited_request_is_shown(void **state)
{
    struct bank_world *world = *state;

    assert_result(
        BANK_SEND(world, credit_request, .account_id = "000002", .transaction_id = "r"),
        JANGLE_OK);
    expect_payment(world, "r", "credited");
    expect_lines(world, 0, 1);
    expect_entry(world, "000002", "request funded", 2000, 2000);
    assert_int_equal(bank_world_balance(world, "000001"), 8000);
    expect_transactions(world, 3);
}

static void a_debit_that_was_rolled_back_is_shown_with_the_reason(void **state)
{
    struct bank_world *world = *state;

    assert_result(BANK_SEND(world, roll_back_request_debit, .account_id = "000001",
                            .transaction_id = "r"),
                  JANGLE_OK);
    assert_result(BANK_SEND(world, notify_request_failed, .account_id = "000002",
                            .transaction_id = "r", .reason = "he was out"),
                  JANGLE_OK);
    expect_payment(world, "r", "rolled back: he was out");
    expect_entry(world, "000001", "request returned", 2000, 10000);
    assert_int_equal(bank_world_balance(world, "000002"), 0);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, bank_world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_transfer_is_shown_as_debited, open_sent),
        TEST(a_credited_transfer_is_shown, open_sent),
        TEST(a_transfer_that_was_rolled_back_is_shown_with_the_reason, open_sent),
        TEST(a_request_that_has_not_arrived_is_not_pending, open_asking),
        TEST(a_request_that_has_arrived_is_pending, open_asked),
        TEST(an_accepted_request_is_not_pending, open_asked),
        TEST(a_rejected_request_is_not_pending, open_asked),
        TEST(a_request_that_was_closed_unanswered_is_not_pending, open_asked),
        TEST(a_failed_request_is_shown_with_the_reason, open_asked),
        TEST(a_debited_request_is_shown, open_debited),
        TEST(a_credited_request_is_shown, open_debited),
        TEST(a_debit_that_was_rolled_back_is_shown_with_the_reason, open_debited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
