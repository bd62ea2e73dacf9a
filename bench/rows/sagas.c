/* sagas.c - rows: transfers of four commands, three of which a saga sends; the same four
 * commands sent by hand; and what a saga's step asks of the disk. */
#include "crowd.h"
#include "domain.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 8, PURSES = 1000, AMOUNT = 5, AT_ONCE = 16, WAIT_MS = 60000 };

/* ---- purses -------------------------------------------------------------------- */

struct begin_transfer { /* the purse that sends */
    const char *purse_id;
    const char *transfer_id;
    const char *to_id;
    int64_t amount;
};

struct debit_purse {
    const char *purse_id;
    int64_t amount;
};

struct credit_purse {
    const char *purse_id;
    int64_t amount;
};

struct end_transfer { /* the purse that sent */
    const char *purse_id;
    int64_t amount;
};

struct transfer_begun {
    const char *transfer_id;
    const char *to_id;
    int64_t amount;
};

struct purse_debited {
    int64_t amount;
    int64_t balance;
};

struct purse_credited {
    int64_t amount;
    int64_t balance;
};

struct transfer_ended {
    int64_t amount;
};

struct purse_state {
    int64_t balance;
};

static JANGLE_COMMAND(begin_transfer, purse_id, transfer_id, to_id, amount);
static JANGLE_COMMAND(debit_purse, purse_id, amount);
static JANGLE_COMMAND(credit_purse, purse_id, amount);
static JANGLE_COMMAND(end_transfer, purse_id, amount);
static JANGLE_EVENT(transfer_begun, transfer_id, to_id, amount);
static JANGLE_EVENT(purse_debited, amount, balance);
static JANGLE_EVENT(purse_credited, amount, balance);
static JANGLE_EVENT(transfer_ended, amount);
static JANGLE_STRUCT(purse_state, balance);

static enum jangle_result decide_begin(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct begin_transfer *wish = command->data;

    (void)state;
    return jangle_emit(decision, transfer_begun, .transfer_id = wish->transfer_id,
                       .to_id = wish->to_id, .amount = wish->amount);
}

static enum jangle_result decide_debit(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct purse_state *purse = state;
    const struct debit_purse *wish = command->data;

    return jangle_emit(decision, purse_debited, .amount = wish->amount,
                       .balance = purse->balance - wish->amount);
}

static enum jangle_result decide_credit(struct jangle_decision *decision,
                                        const void *state,
                                        const struct jangle_command *command)
{
    const struct purse_state *purse = state;
    const struct credit_purse *wish = command->data;

    return jangle_emit(decision, purse_credited, .amount = wish->amount,
                       .balance = purse->balance + wish->amount);
}

static enum jangle_result decide_end(struct jangle_decision *decision,
                                     const void *state,
                                     const struct jangle_command *command)
{
    const struct end_transfer *wish = command->data;

    (void)state;
    return jangle_emit(decision, transfer_ended, .amount = wish->amount);
}

static void apply_debit(void *state, const struct jangle_event *event)
{
    ((struct purse_state *)state)->balance =
        ((const struct purse_debited *)event->data)->balance;
}

static void apply_credit(void *state, const struct jangle_event *event)
{
    ((struct purse_state *)state)->balance =
        ((const struct purse_credited *)event->data)->balance;
}

static void apply_nothing(void *state, const struct jangle_event *event)
{
    (void)state;
    (void)event;
}

static const struct jangle_aggregate purse_aggregate = {
    .name = "purse",
    .state = &purse_state,
    .commands = JANGLE_DECIDERS({&begin_transfer, decide_begin},
                                {&debit_purse, decide_debit},
                                {&credit_purse, decide_credit},
                                {&end_transfer, decide_end}),
    .events = JANGLE_APPLIERS({&transfer_begun, apply_nothing},
                              {&purse_debited, apply_debit},
                              {&purse_credited, apply_credit},
                              {&transfer_ended, apply_nothing}),
    .snapshot_every = 100,
};

/* ---- the saga ------------------------------------------------------------------ */

struct transfer_state {
    const char *from_id;
    const char *to_id;
    int64_t amount;
};

static JANGLE_STRUCT(transfer_state, from_id, to_id, amount);

static void apply_begun(void *state, const struct jangle_event *event)
{
    struct transfer_state *transfer = state;
    const struct transfer_begun *begun = event->data;

    transfer->from_id = event->aggregate_id;
    transfer->to_id = begun->to_id;
    transfer->amount = begun->amount;
}

static enum jangle_result
carry_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct transfer_state *transfer = state;

    (void)event;
    jangle_turn_send(turn, debit_purse, .purse_id = transfer->from_id,
                     .amount = transfer->amount);
    jangle_turn_send(turn, credit_purse, .purse_id = transfer->to_id,
                     .amount = transfer->amount);
    jangle_turn_send(turn, end_transfer, .purse_id = transfer->from_id,
                     .amount = transfer->amount);
    return jangle_turn_finish(turn);
}

static const struct jangle_saga payment_saga = {
    .name = "payment",
    .state = &transfer_state,
    .begins_with = &transfer_begun,
    .id_member = "transfer_id",
    .events = JANGLE_APPLIERS({&transfer_begun, apply_begun}),
    .reactions = JANGLE_REACTIONS({&transfer_begun, carry_out}),
    .start = JANGLE_FROM_FIRST,
};

/* ---- eight threads ------------------------------------------------------------- */

struct transfers {
    struct jangle *app;
    int64_t numbers[THREADS]; /* of transfers that each thread has begun */
};

/* A transfer from one purse to another, both drawn at random. */
struct names {
    char id[32], from_id[16], to_id[16];
};

static struct names draw_names(struct transfers *transfers, struct crowd_member *member)
{
    struct names names;
    int64_t from = crowd_draw(member, PURSES);
    int64_t to = (from + 1 + crowd_draw(member, PURSES - 1)) % PURSES;

    snprintf(names.id, sizeof names.id, "%d-%lld", member->number,
             (long long)transfers->numbers[member->number]++);
    snprintf(names.from_id, sizeof names.from_id, "%06lld", (long long)from);
    snprintf(names.to_id, sizeof names.to_id, "%06lld", (long long)to);
    return names;
}

static int64_t begin(struct transfers *transfers, const struct names *names)
{
    struct jangle_outcome outcome;

    if (jangle_send(transfers->app, &outcome, begin_transfer, .purse_id = names->from_id,
                    .transfer_id = names->id, .to_id = names->to_id, .amount = AMOUNT))
        bench_die("begin_transfer", outcome.error.message);
    return outcome.position;
}

/* Begin some, and wait until they are all carried out, so that the sagas are never
 * further behind than that. */
static void act_by_saga(void *context, struct crowd_member *member)
{
    struct transfers *transfers = context;
    struct jangle_error error;
    int64_t last = 0;

    for (int i = 0; i < AT_ONCE; i++) {
        struct names names = draw_names(transfers, member);

        last = begin(transfers, &names);
    }
    if (jangle_wait(transfers->app, payment_saga.name, last, WAIT_MS, &error))
        bench_die("jangle_wait", error.message);
    member->count += AT_ONCE - 1;
}

static void act_by_hand(void *context, struct crowd_member *member)
{
    struct transfers *transfers = context;
    struct names names = draw_names(transfers, member);

    begin(transfers, &names);
    domain_send(transfers->app, debit_purse, .purse_id = names.from_id, .amount = AMOUNT);
    domain_send(transfers->app, credit_purse, .purse_id = names.to_id, .amount = AMOUNT);
    domain_send(transfers->app, end_transfer, .purse_id = names.from_id,
                .amount = AMOUNT);
}

static void open_purses(struct bench_work *work, const struct jangle_saga *saga)
{
    static const struct jangle_aggregate *const aggregates[] = {&purse_aggregate};
    struct transfers *transfers = work->state = bench_new(sizeof *transfers);
    struct jangle_config config = domain_config(work);

    config.aggregates = (struct jangle_aggregates){aggregates, 1};
    config.sagas = (struct jangle_sagas){saga ? &saga : NULL, saga ? 1 : 0};
    config.workers = saga ? THREADS : 0;
    transfers->app = domain_start(&config);
}

static void set_up_saga(struct bench_work *work)
{
    open_purses(work, &payment_saga);
}

static void set_up_hand(struct bench_work *work)
{
    open_purses(work, NULL);
}

static void run_crowd(struct bench_work *work,
                      void (*act)(void *context, struct crowd_member *member))
{
    const struct crowd crowd = {
        .threads = THREADS, .seconds = work->seconds, .act = act, .context = work->state};

    crowd_run(&crowd, &work->sample);
}

static void run_saga(struct bench_work *work)
{
    run_crowd(work, act_by_saga);
}

static void run_hand(struct bench_work *work)
{
    run_crowd(work, act_by_hand);
}

/* Each transfer has its four events, whoever sent the commands. */
static void tear_down(struct bench_work *work)
{
    struct transfers *transfers = work->state;
    struct jangle_stats stats;
    int64_t begun = 0;

    for (int i = 0; i < THREADS; i++)
        begun += transfers->numbers[i];
    jangle_measure(transfers->app, &stats);
    if (stats.events != 4 * begun || stats.position != 4 * begun)
        bench_die(work->row->name, "a transfer has not got its four events");
    domain_close(transfers->app);
    work->stored = 4 * begun;
    free(transfers);
}

const struct bench_row saga_rate = {
    .name = "saga-rate",
    .group = "sagas",
    .summary = "transfers that 8 threads begin and sagas carry out, of four commands",
    .unit = "transfers",
    .set = "sagas",
    .beside = {"four-commands"},
    .set_up = set_up_saga,
    .run = run_saga,
    .tear_down = tear_down,
};

const struct bench_row four_commands = {
    .name = "four-commands",
    .group = "sagas",
    .summary = "the same four commands, which 8 threads send without a saga",
    .unit = "transfers",
    .set = "sagas",
    .set_up = set_up_hand,
    .run = run_hand,
    .tear_down = tear_down,
};

/* ---- one at a time ------------------------------------------------------------- */

/* Promises that nobody has kept yet. The first one compiles SQL and is not counted. */
static void set_up_gifts(struct bench_work *work)
{
    struct jangle *app = work->state = domain_open(work, NULL, &gift_saga);

    domain_send(app, promise, .account_id = "first", .count = 1);
    domain_settle(app);
    domain_send(app, promise, .account_id = "other", .count = work->room);
}

static void run_gifts(struct bench_work *work)
{
    work->sample.count =
        domain_poll(work->state, offsetof(struct jangle_stats, turns), work->count);
}

static void tear_down_gifts(struct bench_work *work)
{
    domain_close(work->state);
}

const struct bench_row saga_fsync = {
    .name = "saga-fsync",
    .group = "sagas",
    .summary = "150 turns of sagas, each with one step and its end, one after the other",
    .unit = "steps",
    .kind = BENCH_FIXED,
    .count = 150,
    .set_up = set_up_gifts,
    .run = run_gifts,
    .tear_down = tear_down_gifts,
};
