/* flaky_bank.c - each call of a bank's store fails in turn: the books balance. */
#include "support/test.h"

#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/messages.h"
#include "views/views.h"

#include <jangle/testing.h>

struct books {
    struct jangle *bank;
    struct jangle_outcome outcome;
    jangle_time now;
    int64_t sum; /* of what was answered OK, or came to that */
};

/* The outcome of the last command; then `amount` is in the books, or it is not. */
static void enter(struct books *books, int64_t amount)
{
    enum jangle_result result = books->outcome.error.result;
    struct jangle_outcome outcome;

    if (result == JANGLE_UNKNOWN)
        do {
            result = jangle_outcome_of(books->bank, books->outcome.command_id, &outcome);
        } while (result == JANGLE_BUSY);
    if (!result)
        books->sum += amount;
}

static void deposit(struct books *books, int64_t amount)
{
    jangle_send(books->bank, &books->outcome, deposit_funds, .account_id = "000001",
                .amount = amount);
    enter(books, amount);
}

static void withdraw(struct books *books, int64_t amount)
{
    jangle_send(books->bank, &books->outcome, withdraw_funds, .account_id = "000001",
                .amount = amount);
    enter(books, -amount);
}

static void do_business(struct books *books)
{
    jangle_send(books->bank, &books->outcome, create_account, .name = "Natalie",
                .initial_deposit = {true, 500});
    enter(books, 500);
    jangle_send(books->bank, &books->outcome, create_account, .name = "Johann");
    deposit(books, 1200);
    jangle_poll(books->bank, NULL, NULL);
    withdraw(books, 300);
    withdraw(books, 1000000); /* more than there ever is */
    deposit(books, 70);
    jangle_drain(books->bank, -1, NULL, NULL);
}

static void settle(struct books *books)
{
    struct jangle_left left = {0};
    enum jangle_result result = JANGLE_BUSY;

    for (int i = 0; i < 60 && (result || left.parked || left.suspended); i++) {
        result = jangle_drain(books->bank, -1, &left, NULL);
        books->now.us += 60000000;
    }
    assert_result(result, JANGLE_OK);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
}

static void check_view(struct books *books, const char *view)
{
    struct jangle_error error;

    if (jangle_shuffle(books->bank, view, 3, 42, &error))
        fail_msg("%s", error.message);
}

static void check(struct books *books)
{
    struct jangle_answer answer = {0};
    const struct bank_stats *stats;

    settle(books);
    check_view(books, "accounts");
    check_view(books, "ledger");
    assert_result(
        jangle_ask(books->bank, &answer, get_bank_stats, .including_deleted = true),
        JANGLE_OK);
    stats = answer.data;
    assert_int_equal(stats->net_balance, books->sum);
    jangle_answer_free(&answer);
}

static void fail_each_call_with(enum jangle_result result)
{
    int64_t calls = 1;

    for (int64_t at = 1; at <= calls + 1; at++) {
        struct books books = {0};
        uint64_t next = 1;
        struct jangle_flaky flaky = {
            .storage = jangle_memory(), .fail_at = at, .result = result};
        struct jangle_config config = {
            .aggregates = JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate),
            .subscribers = JANGLE_SUBSCRIBERS(&accounts_view, &ledger_view),
            .storage = jangle_storage_flaky(&flaky),
            .host = {.clock = jangle_clock_fixed(&books.now),
                     .random = jangle_random_counting(&next),
                     .logger = jangle_logger_none()},
        };

        books.bank = jangle_open(&config, NULL);
        if (books.bank) {
            do_business(&books);
            calls = flaky.calls;
            flaky.fail_at = 0;
            check(&books);
        } else {
            calls = at;
        }
        assert_result(jangle_close(books.bank, -1), JANGLE_OK);
    }
    print_message("%lld calls\n", (long long)calls);
    assert_true(calls > 27);
}

#define SWEEP(name, result)                                                              \
    static void name(void **state)                                                       \
    {                                                                                    \
        (void)state;                                                                     \
        fail_each_call_with(result);                                                     \
    }

SWEEP(the_books_balance_though_a_call_fails, JANGLE_STORAGE)
SWEEP(the_books_balance_though_a_call_is_busy, JANGLE_BUSY)
SWEEP(the_books_balance_though_a_call_has_no_memory, JANGLE_NO_MEMORY)
SWEEP(the_books_balance_though_a_call_does_not_know, JANGLE_UNKNOWN)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_books_balance_though_a_call_fails),
        cmocka_unit_test(the_books_balance_though_a_call_is_busy),
        cmocka_unit_test(the_books_balance_though_a_call_has_no_memory),
        cmocka_unit_test(the_books_balance_though_a_call_does_not_know),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
