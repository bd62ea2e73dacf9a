/* domain.c - a small world of accounts, which all rows of jangle share. */
#include "domain.h"
#include "payload.h"

#include <stdio.h>
#include <string.h>

enum { LIMIT = PAYLOAD_LIMIT };

struct account_state {
    int64_t balance;
    int64_t entries;
};

JANGLE_COMMAND(deposit, account_id, amount);
JANGLE_COMMAND(fill, account_id, count);
JANGLE_COMMAND(promise, account_id, count);
JANGLE_COMMAND(pay, account_id);
JANGLE_COMMAND(pay_often, account_id, count);
JANGLE_EVENT(deposited, amount, balance, entry);
JANGLE_EVENT(gift_promised, gift_id, to_id, amount);
JANGLE_EVENT(paid, amount, balance, entry, memo);
static JANGLE_STRUCT(account_state, balance, entries);

/* ---- the aggregate ----------------------------------------------------------- */

static enum jangle_result decide_deposit(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct deposit *wish = command->data;

    if (account->balance + wish->amount > LIMIT)
        return jangle_reject(decision, "the account is full");
    return jangle_emit(decision, deposited, .amount = wish->amount,
                       .balance = account->balance + wish->amount,
                       .entry = account->entries + 1);
}

static enum jangle_result decide_fill(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct fill *wish = command->data;
    enum jangle_result result = JANGLE_OK;

    for (int64_t i = 1; i <= wish->count; i++)
        result =
            jangle_emit(decision, deposited, .amount = 1, .balance = account->balance + i,
                        .entry = account->entries + i);
    return result;
}

static enum jangle_result decide_promise(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct promise *wish = command->data;
    enum jangle_result result = JANGLE_OK;

    (void)state;
    for (int64_t i = 0; i < wish->count; i++) {
        char gift_id[64], to_id[64];

        snprintf(gift_id, sizeof gift_id, "gift-%s-%d", wish->account_id, (int)i);
        snprintf(to_id, sizeof to_id, "friend-%s-%d", wish->account_id, (int)i);
        result = jangle_emit(decision, gift_promised, .gift_id = gift_id, .to_id = to_id,
                             .amount = 5);
    }
    return result;
}

/* Payment number 1, 2, 3... of this decision. */
static enum jangle_result emit_payment(struct jangle_decision *decision,
                                       const struct account_state *account,
                                       int64_t number)
{
    int64_t balance = account->balance + number * PAYLOAD_AMOUNT;

    if (balance > LIMIT)
        return jangle_reject(decision, "the account is full");
    return jangle_emit(decision, paid, .amount = PAYLOAD_AMOUNT, .balance = balance,
                       .entry = account->entries + number, .memo = payload_memo);
}

static enum jangle_result decide_pay(struct jangle_decision *decision,
                                     const void *state,
                                     const struct jangle_command *command)
{
    (void)command;
    return emit_payment(decision, state, 1);
}

static enum jangle_result decide_pay_often(struct jangle_decision *decision,
                                           const void *state,
                                           const struct jangle_command *command)
{
    const struct pay_often *wish = command->data;
    enum jangle_result result = JANGLE_OK;

    for (int64_t i = 1; i <= wish->count && !result; i++)
        result = emit_payment(decision, state, i);
    return result;
}

static void apply_deposited(void *state, const struct jangle_event *event)
{
    const struct deposited *entry = event->data;
    struct account_state *account = state;

    account->balance = entry->balance;
    account->entries = entry->entry;
}

static void apply_paid(void *state, const struct jangle_event *event)
{
    const struct paid *entry = event->data;
    struct account_state *account = state;

    account->balance = entry->balance;
    account->entries = entry->entry;
}

static void apply_nothing(void *state, const struct jangle_event *event)
{
    (void)state;
    (void)event;
}

const struct jangle_aggregate bench_account = {
    .name = "account",
    .state = &account_state,
    .commands = JANGLE_DECIDERS({&deposit, decide_deposit},
                                {&fill, decide_fill},
                                {&promise, decide_promise},
                                {&pay, decide_pay},
                                {&pay_often, decide_pay_often}),
    .events = JANGLE_APPLIERS({&deposited, apply_deposited},
                              {&gift_promised, apply_nothing},
                              {&paid, apply_paid}),
    .snapshot_every = 100,
};

/* ---- the view ---------------------------------------------------------------- */

struct set_balance {
    const char *account_id;
    int64_t balance;
    int64_t balance_version;
};

static JANGLE_UPSERT(set_balance,
                     "balances",
                     key(account_id),
                     if_newer(balance, balance_version));

static enum jangle_result show_deposit(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    const struct deposited *entry = event->data;

    return jangle_view_upsert(
        delivery->view, set_balance, .account_id = event->aggregate_id,
        .balance = entry->balance, .balance_version = event->version);
}

const struct jangle_subscriber balances_view = {
    .name = "balances",
    .handlers = JANGLE_HANDLERS({&deposited, show_deposit}),
    .upserts = JANGLE_UPSERTS(&set_balance),
    .schema =
        "CREATE TABLE balances (account_id TEXT PRIMARY KEY, balance INTEGER,"
        " balance_version INTEGER) STRICT, WITHOUT ROWID",
    .schema_version = 1,
};

/* ---- the saga ---------------------------------------------------------------- */

struct gift_state {
    const char *to_id;
    int64_t amount;
};

static JANGLE_STRUCT(gift_state, to_id, amount);

static void apply_promise(void *state, const struct jangle_event *event)
{
    const struct gift_promised *promised = event->data;
    struct gift_state *gift = state;

    gift->to_id = promised->to_id;
    gift->amount = promised->amount;
}

static enum jangle_result
give(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct gift_state *gift = state;

    (void)event;
    jangle_turn_send(turn, deposit, .account_id = gift->to_id, .amount = gift->amount);
    return jangle_turn_finish(turn);
}

const struct jangle_saga gift_saga = {
    .name = "gift",
    .state = &gift_state,
    .begins_with = &gift_promised,
    .id_member = "gift_id",
    .events = JANGLE_APPLIERS({&gift_promised, apply_promise}),
    .reactions = JANGLE_REACTIONS({&gift_promised, give}),
    .start = JANGLE_FROM_FIRST,
};

/* ---- for the rows ------------------------------------------------------------ */

/* A microsecond passes whenever somebody asks. One thread does. */
static int64_t tick(void *context)
{
    int64_t *ticks = context;

    return ++*ticks;
}

static jangle_time tick_now(void *context)
{
    enum { YEARS = 50 };

    return (jangle_time){YEARS * INT64_C(31557600000000) + tick(context)};
}

struct jangle_config domain_config(const struct bench_work *work)
{
    static const struct jangle_aggregate *const aggregates[] = {&bench_account};
    static int64_t ticks;
    struct jangle_config config = {
        .aggregates = {aggregates, 1},
        .storage = jangle_sqlite(work->path),
        .host.logger = jangle_logger_none(),
    };
    struct jangle_error error;

    /* So a choice can be switched off for a run, such as JANGLE_CACHE_COUNT=-1. */
    if (jangle_config_from_env(&config, &error))
        bench_die("the environment", error.message);
    if (work->count && work->row->kind != BENCH_MESSAGES)
        config.host.clock = (struct jangle_clock){tick_now, tick, &ticks};
    return config;
}

struct jangle *domain_start(const struct jangle_config *config)
{
    struct jangle_error error;
    struct jangle *app = jangle_open(config, &error);

    if (!app)
        bench_die("jangle_open", error.message);
    return app;
}

struct jangle *domain_open(const struct bench_work *work,
                           const struct jangle_subscriber *view,
                           const struct jangle_saga *saga)
{
    struct jangle_config config = domain_config(work);

    config.subscribers = (struct jangle_subscribers){view ? &view : NULL, view ? 1 : 0};
    config.sagas = (struct jangle_sagas){saga ? &saga : NULL, saga ? 1 : 0};
    return domain_start(&config);
}

void domain_close(struct jangle *app)
{
    if (jangle_close(app, 10000))
        bench_die("jangle_close", "a handler is still at work");
}

void domain_settle(struct jangle *app)
{
    struct jangle_error error;

    if (jangle_drain(app, 10000, NULL, &error))
        bench_die("jangle_drain", error.message);
}

static int64_t read_statistic(struct jangle *app, size_t of)
{
    struct jangle_stats stats;
    int64_t value;

    jangle_measure(app, &stats);
    memcpy(&value, (const char *)&stats + of, sizeof value);
    return value;
}

int64_t domain_poll(struct jangle *app, size_t of, int64_t count)
{
    int64_t before = read_statistic(app, of), grown = 0;
    struct jangle_error error;
    int64_t done;

    while (grown < count) {
        if (jangle_poll(app, &done, &error))
            bench_die("jangle_poll", error.message);
        if (!done)
            bench_die("jangle_poll", "it found less to do than was prepared");
        grown = read_statistic(app, of) - before;
    }
    return grown;
}

void domain_check(struct jangle *app,
                  const struct jangle_message *command,
                  const void *data)
{
    struct jangle_outcome outcome;

    if (jangle_send_(app, &outcome, NULL, command, data))
        bench_die("jangle_send", outcome.error.message);
}
