/* dispatch.c - rows: 16 threads send commands whose events nobody handles, a handler
 * handles, and a handler and a view handle; and what that asks of the disk. */
#include "crowd.h"
#include "domain.h"
#include "payload.h"
#include "rows.h"
#include "rows/alone.h"
#include "rows/clients.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 16, WORKERS = 2 };

/* ---- who handles payments ------------------------------------------------------ */

/* Calls of both handlers below. A round is a process of its own. */
static atomic_llong handled;

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    (void)delivery, (void)event;
    atomic_fetch_add(&handled, 1);
    return JANGLE_OK;
}

static const struct jangle_subscriber reader = {
    .name = "reader",
    .handlers = JANGLE_HANDLERS({&paid, see}),
    .start = JANGLE_FROM_FIRST,
};

struct set_payments {
    const char *account_id;
    int64_t balance;
    int64_t entry;
};

static JANGLE_UPSERT(set_payments, "payments", key(account_id), if_newer(balance, entry));

static enum jangle_result show_payment(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    const struct paid *payment = event->data;

    atomic_fetch_add(&handled, 1);
    return jangle_view_upsert(delivery->view, set_payments,
                              .account_id = event->aggregate_id,
                              .balance = payment->balance, .entry = payment->entry);
}

static const struct jangle_subscriber payments_view = {
    .name = "payments",
    .handlers = JANGLE_HANDLERS({&paid, show_payment}),
    .upserts = JANGLE_UPSERTS(&set_payments),
    .schema =
        "CREATE TABLE payments (account_id TEXT PRIMARY KEY, balance INTEGER,"
        " entry INTEGER) STRICT, WITHOUT ROWID",
    .schema_version = 1,
};

/* ---- sixteen threads ----------------------------------------------------------- */

/* Each stream has a row, which tells how many events its stream has. */
static void check_view(const char *store, int64_t stored)
{
    char path[1024];
    sqlite3 *database;

    snprintf(path, sizeof path, "%s.%s", store, payments_view.name);
    database = alone_open(path);
    if (alone_number(database, "SELECT count(*) FROM payments") != PAYLOAD_STREAMS ||
        alone_number(database, "SELECT sum(entry) FROM payments") != stored)
        bench_die("dispatch", "the rows of the view are not what the events say");
    alone_close(database);
}

static void tear_down(struct bench_work *work)
{
    const struct clients_plan *plan = work->row->plan;

    clients_tear_down(work);
    if (atomic_load(&handled) != (int64_t)plan->subscribers.count * work->stored)
        bench_die("dispatch", "an event was not handled, or twice");
    if (plan->subscribers.count > 1)
        check_view(work->path, work->stored);
}

#define ROW_(variable, name_, summary_, beside_, workers_, ...)                          \
    const struct bench_row variable = {                                                  \
        .name = name_,                                                                   \
        .group = "dispatch",                                                             \
        .summary = summary_,                                                             \
        .unit = "commands",                                                              \
        .set = "dispatch",                                                               \
        .beside = {beside_},                                                             \
        .plan = &(const struct clients_plan){.threads = THREADS,                         \
                                             .workers = workers_,                        \
                                             .subscribers = __VA_ARGS__},                \
        .warm = true,                                                                    \
        .set_up = clients_set_up,                                                        \
        .run = clients_run,                                                              \
        .tear_down = tear_down,                                                          \
    }

ROW_(dispatch_off_16,
     "dispatch-off-16",
     "16 threads, and nobody handles what they store",
     NULL,
     0,
     {NULL, 0});
ROW_(dispatch_16,
     "dispatch-16",
     "the same with a handler, until it has handled all",
     "dispatch-off-16",
     WORKERS,
     JANGLE_SUBSCRIBERS(&reader));
ROW_(dispatch_view_16,
     "dispatch-view-16",
     "the same with a handler and a view",
     "dispatch-off-16",
     WORKERS,
     JANGLE_SUBSCRIBERS(&reader, &payments_view));

/* ---- one thread ---------------------------------------------------------------- */

/* The first payment compiles SQL and is not counted. */
static void pay_and_handle(struct jangle *app, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        domain_send(app, pay, .account_id = "000001");
        domain_poll(app, offsetof(struct jangle_stats, deliveries), 1);
    }
}

static void one_set_up(struct bench_work *work)
{
    work->state = domain_open(work, &reader, NULL);
    pay_and_handle(work->state, 1);
}

static void one_run(struct bench_work *work)
{
    pay_and_handle(work->state, work->count);
    work->sample.count = work->count;
}

static void one_tear_down(struct bench_work *work)
{
    domain_close(work->state);
    work->stored = work->sample.count + 1;
    if (atomic_load(&handled) != work->stored)
        bench_die("dispatch", "an event was not handled, or twice");
}

const struct bench_row dispatch_fsync = {
    .name = "dispatch-fsync",
    .group = "dispatch",
    .summary = "100 commands, each handled before the next",
    .unit = "commands",
    .kind = BENCH_FIXED,
    .count = 100,
    .set_up = one_set_up,
    .run = one_run,
    .tear_down = one_tear_down,
};
