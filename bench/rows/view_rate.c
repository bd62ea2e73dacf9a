/* view_rate.c - rows: the bank's ledger follows 100,000 deposits; SQLite does the same
 * upserts alone, without their JSON, for it reads numbers of the table instead; and the
 * ledger is built again from 200,000. */
#include "domain.h"
#include "rows.h"
#include "rows/history.h"
#include "rows/scan.h"

#include "domain/messages.h"
#include "views/ledger_view.h"

#include <stdio.h>
#include <stdlib.h>

enum { EVENTS = 100000, REBUILT = 200000, EACH = 10, BATCH = 100 };

/* ---- what all of them share ---------------------------------------------------- */

/* The path of the view's file. */
static void view_path(const struct bench_work *work, char path[1024])
{
    snprintf(path, 1024, "%s.%s", work->path, ledger_view.name);
}

/* End the program unless the table has a right row for each event: the balance of an
 * account is a number of deposits. */
static void check_rows(const char *path, int64_t wanted)
{
    sqlite3 *database = alone_open(path);

    if (alone_number(database, "SELECT count(*) FROM entries") != wanted ||
        alone_number(database,
                     "SELECT count(*) FROM entries WHERE balance <> 2500 * entry"
                     " OR amount <> 2500 OR kind <> 'deposit'"))
        bench_die("the view", "its rows are not what the events say");
    alone_close(database);
}

/* The bank's aggregates are not here, so its events are those of another program. */
static struct jangle_subscriber view_of_others(void)
{
    static const struct jangle_message *events[16];
    struct jangle_subscriber view = ledger_view;

    for (size_t i = 0; i < view.handlers.count; i++)
        events[i] = view.handlers.items[i].event;
    view.elsewhere = (struct jangle_events){events, view.handlers.count};
    return view;
}

struct ledger {
    struct history history;
    struct jangle *app;
};

static void open_ledger(struct bench_work *work, int64_t events)
{
    static struct jangle_subscriber view;
    struct ledger *ledger = work->state = bench_new(sizeof *ledger);

    view = view_of_others();
    ledger->history = history_of(HISTORY_DEPOSITS, events, EACH);
    history_write(work->path, &ledger->history);
    ledger->app = domain_open(work, &view, NULL);
}

static void close_ledger(struct bench_work *work, int64_t rows)
{
    struct ledger *ledger = work->state;
    char path[1024];

    view_path(work, path);
    domain_close(ledger->app);
    check_rows(path, rows);
    free(ledger);
}

/* ---- it follows ---------------------------------------------------------------- */

/* The first batch compiles SQL and is not measured. */
static void set_up(struct bench_work *work)
{
    open_ledger(work, bench_prepared(work, EVENTS) + BATCH);
    domain_poll(((struct ledger *)work->state)->app,
                offsetof(struct jangle_stats, deliveries), 1);
}

static int64_t deliveries(struct jangle *app)
{
    struct jangle_stats stats;

    jangle_measure(app, &stats);
    return stats.deliveries;
}

static void run(struct bench_work *work)
{
    struct ledger *ledger = work->state;
    int64_t before = deliveries(ledger->app);
    int64_t left = ledger->history.events - before;

    work->sample.count =
        domain_poll(ledger->app, offsetof(struct jangle_stats, deliveries),
                    work->count ? work->count : left);
}

static void tear_down(struct bench_work *work)
{
    struct ledger *ledger = work->state;

    close_ledger(work, deliveries(ledger->app));
}

const struct bench_row view_rate = {
    .name = "view-rate",
    .group = "views",
    .summary = "100,000 deposits that the bank's ledger has in its table, an upsert each",
    .unit = "events",
    .set = "views",
    .beside = {"plain-view"},
    .counted = 100,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};

/* ---- it is built again --------------------------------------------------------- */

static void rebuild_set_up(struct bench_work *work)
{
    open_ledger(work, work->room ? work->row->counted : bench_prepared(work, REBUILT));
}

static void rebuild_run(struct bench_work *work)
{
    struct ledger *ledger = work->state;
    struct jangle_error error;

    do {
        if (jangle_replay(ledger->app, ledger_view.name, NULL, &error))
            bench_die("jangle_replay", error.message);
        work->sample.count += ledger->history.events;
    } while (work->sample.count < work->count);
}

static void rebuild_tear_down(struct bench_work *work)
{
    struct ledger *ledger = work->state;

    close_ledger(work, ledger->history.events);
}

const struct bench_row rebuild = {
    .name = "rebuild",
    .group = "views",
    .summary = "the bank's ledger, built again from 200,000 deposits",
    .unit = "events",
    .set = "views",
    .beside = {"view-rate"},
    .counted = 1000,
    .set_up = rebuild_set_up,
    .run = rebuild_run,
    .tear_down = rebuild_tear_down,
};

/* ---- SQLite alone -------------------------------------------------------------- */

/* The statement that jangle makes of the ledger's upsert. */
#define SET(column)                                                                      \
    "\"" column "\" = CASE WHEN excluded.\"" column                                      \
    "\" IS NOT NULL AND excluded.\"" column "\" COLLATE BINARY IS NOT entries.\"" column \
    "\" THEN excluded.\"" column "\" ELSE entries.\"" column "\" END"
#define CHANGES(column)                                                                  \
    "(excluded.\"" column "\" IS NOT NULL AND excluded.\"" column                        \
    "\" COLLATE BINARY IS NOT entries.\"" column "\")"

static const char upsert[] =
    "INSERT INTO entries (account_id, entry, at, kind, amount, balance)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account_id, entry) DO UPDATE SET " SET(
        "at") ", " SET("kind") ", " SET("amount") ", " SET("balance") " WHERE "
    CHANGES("at") " OR " CHANGES("kind") " OR " CHANGES("amount") " OR "
    CHANGES("balance");

/* A view's tables: its own, and that of its checkpoint. */
static const char checkpoint_table[] =
    "CREATE TABLE checkpoint (one INTEGER PRIMARY KEY, position INTEGER, event_id BLOB)"
    " STRICT; INSERT INTO checkpoint VALUES (1, 0, x'')";

struct plain {
    struct history history;
    char path[1024];
    sqlite3 *store, *view;
    sqlite3_stmt *scan, *upsert, *begin, *commit, *move;
    int64_t position;
};

static void plain_set_up(struct bench_work *work)
{
    struct plain *plain = work->state = bench_new(sizeof *plain);

    plain->history = history_of(HISTORY_DEPOSITS, bench_prepared(work, EVENTS), EACH);
    history_write(work->path, &plain->history);
    view_path(work, plain->path);
    plain->store = alone_open(work->path);
    plain->view = alone_open(plain->path);
    alone_run(plain->view, "PRAGMA synchronous = NORMAL");
    alone_run(plain->view, ledger_view.schema);
    alone_run(plain->view, checkpoint_table);
    plain->scan = sql_prepare(
        plain->store, "SELECT " SCAN_COLUMNS
                      ", (SELECT name FROM streams WHERE id = stream)"
                      " FROM events WHERE position > ? ORDER BY position LIMIT 100");
    plain->upsert = sql_prepare(plain->view, upsert);
    plain->begin = sql_prepare(plain->view, "BEGIN IMMEDIATE");
    plain->commit = sql_prepare(plain->view, "COMMIT");
    plain->move =
        sql_prepare(plain->view, "UPDATE checkpoint SET position = ?, event_id = ?");
}

static void add_row(const struct plain *plain, const struct scan_row *row)
{
    sqlite3_stmt *to = plain->upsert;
    const char *name = (const char *)sqlite3_column_text(plain->scan, 8);
    int code = sqlite3_bind_text(to, 1, name, -1, SQLITE_STATIC);

    code |= sqlite3_bind_int64(to, 2, row->version);
    code |= sqlite3_bind_int64(to, 3, row->at);
    code |= sqlite3_bind_text(to, 4, "deposit", -1, SQLITE_STATIC);
    code |= sqlite3_bind_int64(to, 5, 2500);
    code |= sqlite3_bind_int64(to, 6, 2500 * row->version);
    sql_must(plain->view, code, SQLITE_OK);
    alone_do(to);
}

/* A batch: a hundred events, and how far the view has come, in one transaction. */
static int add_batch(struct plain *plain)
{
    int count = 0;

    alone_do(plain->begin);
    sqlite3_bind_int64(plain->scan, 1, plain->position);
    while (sqlite3_step(plain->scan) == SQLITE_ROW) {
        struct scan_row row = scan_columns(plain->scan);

        add_row(plain, &row);
        plain->position = row.position;
        sqlite3_bind_blob(plain->move, 2, row.event_id, 16, SQLITE_TRANSIENT);
        count++;
    }
    sql_must(plain->store, sqlite3_reset(plain->scan), SQLITE_OK);
    sqlite3_bind_int64(plain->move, 1, plain->position);
    alone_do(plain->move);
    alone_do(plain->commit);
    return count;
}

static void plain_run(struct bench_work *work)
{
    int count;

    while ((count = add_batch(work->state)))
        work->sample.count += count;
}

static void plain_tear_down(struct bench_work *work)
{
    struct plain *plain = work->state;

    sqlite3_finalize(plain->scan);
    sqlite3_finalize(plain->upsert);
    sqlite3_finalize(plain->begin);
    sqlite3_finalize(plain->commit);
    sqlite3_finalize(plain->move);
    alone_close(plain->store);
    alone_close(plain->view);
    check_rows(plain->path, plain->history.events);
    free(plain);
}

const struct bench_row plain_view = {
    .name = "plain-view",
    .group = "views",
    .summary = "SQLite alone: a scan, and the same upserts in batches of 100",
    .unit = "events",
    .set = "views",
    .set_up = plain_set_up,
    .run = plain_run,
    .tear_down = plain_tear_down,
};
