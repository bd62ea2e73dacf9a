/* verified.c - rows: a store is verified, and in depth, beside one scan of its events by
 * a statement of SQLite, which checks nothing. */
#include "rows.h"
#include "rows/history.h"
#include "rows/scan.h"

#include <jangle/verify.h>

#include <stdlib.h>

enum { EVENTS = 200000, EACH = 10 };

struct verified {
    struct history history;
    sqlite3 *database;
    sqlite3_stmt *statement;
};

static struct verified *prepare(struct bench_work *work)
{
    struct verified *verified = work->state = bench_new(sizeof *verified);

    verified->history = history_of(HISTORY_PAYMENTS, bench_prepared(work, EVENTS), EACH);
    history_write(work->path, &verified->history);
    return verified;
}

static void run_passes(struct bench_work *work, void (*pass)(struct bench_work *work))
{
    const struct verified *verified = work->state;
    double end = bench_now() + work->seconds;

    do {
        pass(work);
        work->sample.count += verified->history.events;
    } while (!work->count && bench_now() < end);
}

/* ---- verified -------------------------------------------------------------------- */

static void verify_once(struct bench_work *work)
{
    const struct verified *verified = work->state;
    struct jangle_verify_options options = {.deep = work->row->size};
    struct jangle_storage storage = jangle_sqlite(work->path);
    struct jangle_verify_totals totals;
    struct jangle_error error;

    if (jangle_verify(&storage, &options, NULL, NULL, &totals, &error))
        bench_die("verify", error.message);
    if (totals.findings || totals.events != verified->history.events)
        bench_die("verify", "it does not find all events sound");
}

/* The first pass fills caches, and is not measured. */
static void set_up(struct bench_work *work)
{
    prepare(work);
    verify_once(work);
}

static void run(struct bench_work *work)
{
    run_passes(work, verify_once);
}

static void tear_down(struct bench_work *work)
{
    free(work->state);
}

/* ---- by SQLite alone --------------------------------------------------------------- */

static void scan_once(struct bench_work *work)
{
    struct verified *verified = work->state;
    int64_t bytes = 0;
    int code;

    while ((code = sqlite3_step(verified->statement)) == SQLITE_ROW)
        bytes += (int64_t)scan_columns(verified->statement).payload_size;
    sqlite3_reset(verified->statement);
    if (code != SQLITE_DONE || bytes != verified->history.bytes)
        bench_die("verify-scan", "what was read is not what was stored");
}

static void scan_set_up(struct bench_work *work)
{
    static const char sql[] = "SELECT " SCAN_COLUMNS " FROM events ORDER BY position";
    struct verified *verified = prepare(work);

    verified->database = alone_open(work->path);
    verified->statement = sql_prepare(verified->database, sql);
    scan_once(work);
}

static void scan_run(struct bench_work *work)
{
    run_passes(work, scan_once);
}

static void scan_tear_down(struct bench_work *work)
{
    struct verified *verified = work->state;

    sqlite3_finalize(verified->statement);
    alone_close(verified->database);
    free(verified);
}

#define VERIFIED(name_, deep, summary_)                                                  \
    {                                                                                    \
        .name = name_, .group = "tools", .summary = summary_, .unit = "events",          \
        .set = "verify", .beside = {"verify-scan"}, .size = deep,                        \
        .only_when_named = true, .set_up = set_up, .run = run, .tear_down = tear_down,   \
    }

const struct bench_row verify =
    VERIFIED("verify", 0, "200,000 events of 249 bytes, verified");
const struct bench_row verify_deep =
    VERIFIED("verify-deep", 1, "the same in depth: JSON, and all of SQLite's own checks");

const struct bench_row verify_scan = {
    .name = "verify-scan",
    .group = "tools",
    .summary = "the same events, read by one statement of SQLite",
    .unit = "events",
    .set = "verify",
    .only_when_named = true,
    .set_up = scan_set_up,
    .run = scan_run,
    .tear_down = scan_tear_down,
};
