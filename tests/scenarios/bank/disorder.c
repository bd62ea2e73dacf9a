/* disorder.c - the views of the bank are the same in whatever order their events come,
 * and however often each one comes. */
#include "support/effort.h"
#include "support/test.h"

#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"
#include "support/samples.h"
#include "views/views.h"

#include <jangle/testing.h>

#include <stdio.h>

static const struct jangle_subscribers views =
    JANGLE_SUBSCRIBERS(&accounts_view, &ledger_view, &payments_view);

enum { ACCOUNTS = 4, PAYMENTS = 12, STEPS = 400 };

/* A bank without sagas: everything that they would send is sent at random. */
struct chaos {
    struct jangle *bank;
    struct samples random;
    jangle_time now;
    uint64_t next;
    struct payment {
        int from, to, amount;
    } transfers[PAYMENTS], requests[PAYMENTS];
};

static const jangle_time late = {60000000};
static const char *const accounts[ACCOUNTS] = {"000001", "000002", "000003", "000004"};

static int draw(struct chaos *chaos, int limit)
{
    return (int)sample_below(&chaos->random, (uint64_t)limit);
}

static struct payment draw_payment(struct chaos *chaos)
{
    struct payment payment = {.from = draw(chaos, ACCOUNTS),
                              .amount = 1 + draw(chaos, 3000)};

    payment.to = (payment.from + 1 + draw(chaos, ACCOUNTS - 1)) % ACCOUNTS;
    return payment;
}

/* ---- what can happen: each says whether it did ------------------------------- */

typedef enum jangle_result happen(struct chaos *chaos);

#define SEND(chaos, ...) jangle_send((chaos)->bank, NULL, __VA_ARGS__)

static enum jangle_result deposit(struct chaos *chaos)
{
    return SEND(chaos, deposit_funds, .account_id = accounts[draw(chaos, ACCOUNTS)],
                .amount = 1 + draw(chaos, 5000));
}

static enum jangle_result withdraw(struct chaos *chaos)
{
    return SEND(chaos, withdraw_funds, .account_id = accounts[draw(chaos, ACCOUNTS)],
                .amount = 1 + draw(chaos, 12000));
}

static enum jangle_result forgive(struct chaos *chaos)
{
    return SEND(chaos, forgive_debt, .account_id = accounts[draw(chaos, ACCOUNTS)]);
}

static enum jangle_result begin_transfer(struct chaos *chaos)
{
    struct payment payment = draw_payment(chaos);
    int number = draw(chaos, PAYMENTS);
    char id[16];
    struct jangle_envelope envelope = {.command_id = id};
    enum jangle_result result;

    snprintf(id, sizeof id, "t%d", number);
    result = jangle_send_in(chaos->bank, NULL, &envelope, transfer_funds,
                            .account_id = accounts[payment.from],
                            .to_id = accounts[payment.to], .amount = payment.amount);
    if (!result)
        chaos->transfers[number] = payment;
    return result;
}

static enum jangle_result end_transfer(struct chaos *chaos)
{
    int number = draw(chaos, PAYMENTS);
    const struct payment *payment = &chaos->transfers[number];
    char id[16], credit[24];
    struct jangle_envelope envelope = {.command_id = credit};

    snprintf(id, sizeof id, "t%d", number);
    snprintf(credit, sizeof credit, "credit %d", number);
    if (payment->amount == 0)
        return JANGLE_REJECTED;
    if (draw(chaos, 2))
        return SEND(chaos, roll_back_transfer, .account_id = accounts[payment->from],
                    .transaction_id = id, .reason = "chance");
    return jangle_send_in(chaos->bank, NULL, &envelope, credit_transfer,
                          .account_id = accounts[payment->to], .transaction_id = id,
                          .from_id = accounts[payment->from], .amount = payment->amount);
}

static enum jangle_result begin_request(struct chaos *chaos)
{
    struct payment payment = draw_payment(chaos);
    int number = draw(chaos, PAYMENTS);
    char id[16];
    struct jangle_envelope envelope = {.command_id = id};
    enum jangle_result result;

    snprintf(id, sizeof id, "r%d", number);
    result = jangle_send_in(chaos->bank, NULL, &envelope, request_funds,
                            .account_id = accounts[payment.to],
                            .from_id = accounts[payment.from], .amount = payment.amount);
    if (result)
        return result;
    chaos->requests[number] = payment;
    return SEND(chaos, get_request_approval, .account_id = accounts[payment.from],
                .transaction_id = id, .to_id = accounts[payment.to],
                .amount = payment.amount, .timeout_at = late);
}

static enum jangle_result go_on_with_request(struct chaos *chaos)
{
    int number = draw(chaos, PAYMENTS);
    const char *from = accounts[chaos->requests[number].from];
    const char *to = accounts[chaos->requests[number].to];
    char id[16];

    snprintf(id, sizeof id, "r%d", number);
    switch (draw(chaos, 7)) {
    case 0:
        return SEND(chaos, accept_request, .account_id = from, .transaction_id = id);
    case 1:
        return SEND(chaos, reject_request, .account_id = from, .transaction_id = id);
    case 2:
        return SEND(chaos, debit_request, .account_id = from, .transaction_id = id);
    case 3:
        return SEND(chaos, credit_request, .account_id = to, .transaction_id = id);
    case 4:
        return SEND(chaos, roll_back_request_debit, .account_id = from,
                    .transaction_id = id);
    case 5:
        return SEND(chaos, close_request, .account_id = from, .transaction_id = id);
    default:
        return SEND(chaos, notify_request_failed, .account_id = to, .transaction_id = id,
                    .reason = "chance");
    }
}

/* Rarely, and not all of them. */
static enum jangle_result remove_account(struct chaos *chaos)
{
    if (draw(chaos, 20))
        return JANGLE_REJECTED;
    return SEND(chaos, delete_account, .account_id = accounts[draw(chaos, 2)]);
}

static happen *const happenings[] = {
    deposit,
    withdraw,
    forgive,
    begin_transfer,
    end_transfer,
    begin_request,
    go_on_with_request,
    go_on_with_request,
    remove_account,
};

enum { HAPPENINGS = sizeof happenings / sizeof happenings[0] };

/* ---- a bank in which it does ------------------------------------------------- */

static void open_bank(struct chaos *chaos)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate),
        .subscribers = views,
        .storage = jangle_memory(),
        .host = {.clock = jangle_clock_fixed(&chaos->now),
                 .random = jangle_random_counting(&chaos->next),
                 .logger = jangle_logger_none()},
    };

    chaos->bank = jangle_open(&config, &error);
    if (!chaos->bank)
        fail_msg("%s", error.message);
    for (int i = 0; i < ACCOUNTS; i++)
        assert_result(SEND(chaos, create_account, .name = "Natalie",
                           .initial_deposit = {true, 10000}),
                      JANGLE_OK);
}

static void any_order_and_any_repetition_give_the_same_rows(void **state)
{
    int done[HAPPENINGS] = {0}, histories = effort_count(EFFORT_BANK_DISORDER);
    uint64_t seed = effort_seed();

    (void)state;
    for (int round = 0; round < histories; round++) {
        struct chaos chaos = {.random = {.state = seed + (uint64_t)round}, .next = 1};
        struct jangle_error error = {0};

        open_bank(&chaos);
        for (int step = 0; step < STEPS; step++) {
            int what = draw(&chaos, HAPPENINGS);

            chaos.now.us++;
            done[what] += happenings[what](&chaos) == JANGLE_OK;
        }
        assert_result(jangle_drain(chaos.bank, -1, NULL, &error), JANGLE_OK);
        for (size_t i = 0; i < views.count; i++)
            if (jangle_shuffle(chaos.bank, views.items[i]->name, 3, seed, &error))
                fail_msg("%s", error.message);
        assert_result(jangle_close(chaos.bank, -1), JANGLE_OK);
    }
    for (int i = 0; i < HAPPENINGS; i++)
        assert_true(done[i] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_and_any_repetition_give_the_same_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
