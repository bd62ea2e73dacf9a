/* make_bank.c - makes the bank that is kept: make_bank DIRECTORY
 *
 * First the rooms of `bank simulate` serve customers, on a clock that stands still in
 * 2025, so that everything that waits is due on whatever day the bank is opened again.
 * Then its views and sagas are opened with handlers that fail, so that payments are under
 * way, a payment is a dead letter, keys are parked in a view, and another view is
 * suspended. The bank's own program must be able to go on from there. README.md says how
 * the archive is made of it. */
#include "app/bank.h"
#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/messages.h"
#include "domain/request_messages.h"
#include "domain/sagas.h"
#include "simulate/acks.h"
#include "simulate/office.h"
#include "views/views.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HANDLERS = 32, DEPOSITS = 20, DESKS = 4, ACCOUNTS = 40, COMMANDS = 800 };

static struct jangle *bank;
static jangle_time now = {1735689600000000};
static struct jangle_outcome outcome;
static char natalie[64], johann[64];

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "make_bank: %s: %s\n", what, outcome.error.message);
    exit(1);
}

/* ---- handlers that fail ------------------------------------------------------ */

struct failing {
    const struct jangle_subscriber *real;
    struct jangle_handler handlers[HANDLERS];
    struct jangle_subscriber view;
};

/* Of the accounts no event at all is handled, of the ledger none of Natalie's. */
static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    const struct failing *failing = delivery->context;
    const struct jangle_handler *handler = failing->real->handlers.items;

    if (failing->real == &accounts_view || !strcmp(event->aggregate_id, natalie))
        return jangle_delivery_fail(delivery, JANGLE_TIMEOUT, "the screen is dark");
    while (handler->event != event->type)
        handler++;
    return handler->handle(delivery, event);
}

static const struct jangle_subscriber *make_failing(struct failing *failing,
                                                    const struct jangle_subscriber *real)
{
    must(real->handlers.count <= HANDLERS, "there are more handlers than expected");
    for (size_t i = 0; i < real->handlers.count; i++)
        failing->handlers[i] = (struct jangle_handler){
            .event = real->handlers.items[i].event, .handle = handle};
    failing->real = real;
    failing->view = *real;
    failing->view.handlers.items = failing->handlers;
    failing->view.context = failing;
    return &failing->view;
}

/* One cent is never credited; of two cents the credit is on record, and no more. */
static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct transfer_debited *debited = event->data;

    (void)state;
    if (debited->amount == 2)
        jangle_turn_send(turn, credit_transfer, .account_id = debited->to_id,
                         .transaction_id = turn->id, .from_id = event->aggregate_id,
                         .amount = debited->amount);
    return jangle_turn_fail(turn, JANGLE_TIMEOUT, "the other bank does not answer");
}

static const struct jangle_reaction reactions[] = {{&transfer_debited, react}};

/* ---- the bank ---------------------------------------------------------------- */

static void
start(const char *path, struct jangle_subscribers views, struct jangle_sagas sagas)
{
    static const struct jangle_aggregate *const aggregates[] = {&account_aggregate,
                                                                &account_ids_aggregate};
    struct jangle_config config = {
        .aggregates = JANGLE_ARRAY(aggregates),
        .subscribers = views,
        .sagas = sagas,
        .storage = jangle_sqlite(path),
        .host = {.clock = jangle_clock_fixed(&now), .logger = jangle_logger_none()},
        .saga_retry = {.max_attempts = 2, .first_delay_ms = 60000, .max_delay_ms = 60000},
    };

    bank = jangle_open(&config, &outcome.error);
    must(bank != NULL, "open");
}

static void stop(void)
{
    must(jangle_close(bank, -1) == JANGLE_OK, "close");
}

static void poll_all(void)
{
    int64_t done = 1;

    while (done)
        must(!jangle_poll(bank, &done, &outcome.error), "poll");
}

#define SEND(...) must(!jangle_send(bank, &outcome, __VA_ARGS__), "a command")

static void transfer(int64_t amount)
{
    SEND(transfer_funds, .account_id = natalie, .to_id = johann, .amount = amount);
}

/* Johann asks Natalie; `id` is the payment's. */
static void request(int64_t amount, char id[201])
{
    SEND(request_funds, .account_id = johann, .from_id = natalie, .amount = amount);
    snprintf(id, 201, "%s", outcome.command_id);
}

static void open_account(const char *name, char id[64])
{
    SEND(create_account, .name = name, .initial_deposit = {true, 10000});
    snprintf(id, 64, "%s", outcome.reply);
}

/* As `bank simulate --acks` does; what a desk complains of ends the making. */
static void simulate(const char *path, const char *acks)
{
    static struct desk desks[DESKS];
    struct options options = {
        .accounts = ACCOUNTS, .commands = COMMANDS, .threads = DESKS, .seed = 1};
    struct office office = {.options = &options, .run = "kept", .acks = acks_open(acks)};

    must(office.acks >= 0, acks);
    start(path, bank_views, bank_sagas);
    office.bank = bank;
    office_furnish(&office, desks, ACCOUNTS);
    office_work(&office, desks, office_open_accounts, "accounts", ACCOUNTS);
    poll_all();
    office_work(&office, desks, office_run_errands, "commands", COMMANDS);
    poll_all();
    for (int i = 0; i < DESKS; i++)
        must(!*desks[i].complaint, desks[i].complaint);
    stop();
    close(office.acks);
}

static const struct jangle_subscribers none;

/* ---- what is left in it ------------------------------------------------------ */

static void leave_transfers(const char *path)
{
    const struct jangle_saga failing = {
        .name = transfer_saga.name,
        .state = transfer_saga.state,
        .begins_with = transfer_saga.begins_with,
        .id_member = transfer_saga.id_member,
        .events = transfer_saga.events,
        .reactions = JANGLE_ARRAY(reactions),
        .start = transfer_saga.start,
    };

    start(path, none, (struct jangle_sagas)JANGLE_SAGAS(&failing, &request_saga));
    transfer(1);
    poll_all();
    now = jangle_time_after_ms(now, 120 * 1000);
    poll_all(); /* the second attempt: a dead letter */
    transfer(2);
    poll_all(); /* it waits for its second attempt */
    stop();
}

/* One waits for an answer; one is accepted and one rejected, and its saga has not heard
 * of it; one was asked for, and one transfer debited, before any saga looked. */
static void leave_requests(const char *path)
{
    struct jangle_sagas no_sagas = {0};
    char waiting[201], accepted[201], rejected[201];

    start(path, none, (struct jangle_sagas)JANGLE_SAGAS(&request_saga));
    request(3, waiting);
    request(4, accepted);
    request(5, rejected);
    poll_all();
    stop();
    start(path, none, no_sagas);
    SEND(accept_request, .account_id = natalie, .transaction_id = accepted);
    SEND(reject_request, .account_id = natalie, .transaction_id = rejected);
    request(6, waiting);
    transfer(7);
    stop();
}

static void leave_views(const char *path)
{
    static struct failing accounts, ledger;
    struct jangle_subscribers views = JANGLE_SUBSCRIBERS(
        make_failing(&accounts, &accounts_view), make_failing(&ledger, &ledger_view));

    start(path, views, (struct jangle_sagas){0});
    for (int i = 0; i < DEPOSITS; i++)
        SEND(deposit_funds, .account_id = johann, .amount = 100 + i);
    poll_all();
    stop();
}

int main(int count, char **arguments)
{
    char path[300], acks[300];

    must(count == 2, "make_bank DIRECTORY");
    snprintf(path, sizeof path, "%s/bank.db", arguments[1]);
    snprintf(acks, sizeof acks, "%s/bank.acks", arguments[1]);
    must(access(path, F_OK) != 0, "there is a bank.db already");
    simulate(path, acks);
    start(path, bank_views, bank_sagas);
    open_account("Natalie", natalie);
    open_account("Johann", johann);
    poll_all();
    stop();
    leave_transfers(path);
    leave_requests(path);
    leave_views(path);
    return 0;
}
