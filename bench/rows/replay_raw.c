/* replay_raw.c - rows: all events of a log in their order, read by the contract of
 * stores, which checks and copies each; and by one statement of SQLite, which does not.
 */
#include "rows.h"
#include "rows/history.h"
#include "rows/scan.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS = 100000, EACH = 10, COPY_SIZE = 4096 };

struct replay {
    struct history history;
    struct jangle_stores stores;
    sqlite3 *database;
    sqlite3_stmt *statement;
    int64_t seen, bytes, sum; /* of one pass */
    char copy[COPY_SIZE];     /* of the last record */
};

static void see(struct replay *replay, int64_t position, int64_t version, size_t bytes)
{
    if (position != ++replay->seen)
        bench_die("replay", "an event was skipped, or came twice");
    replay->bytes += (int64_t)bytes;
    replay->sum += version;
}

/* One pass over the first `limit` events, all of them if that many are there. */
static void check_pass(const struct replay *replay, int64_t limit)
{
    bool all = limit == replay->history.events;

    if (replay->seen != limit || (all && (replay->bytes != replay->history.bytes ||
                                          replay->sum != history_sum(&replay->history))))
        bench_die("replay", "what was read is not what was stored");
}

static void run_passes(struct bench_work *work,
                       void (*pass)(struct replay *replay, int64_t limit))
{
    struct replay *replay = work->state;
    double end = bench_now() + work->seconds;
    int64_t limit = work->count ? work->count : replay->history.events;

    do {
        replay->seen = replay->bytes = replay->sum = 0;
        pass(replay, limit);
        check_pass(replay, limit);
        work->sample.count += limit;
    } while (!work->count && bench_now() < end);
}

static struct replay *prepare(struct bench_work *work)
{
    struct replay *replay = work->state = bench_new(sizeof *replay);

    replay->history = history_of(HISTORY_PAYMENTS, bench_prepared(work, EVENTS), EACH);
    history_write(work->path, &replay->history);
    return replay;
}

/* ---- by the contract ----------------------------------------------------------- */

static void put(char **room, const void *bytes, size_t size)
{
    memcpy(*room, bytes, size);
    *room += size;
}

/* The store shows its own memory. Whoever wants to have the record copies it, as the
 * engine does, and that is part of the row. */
static enum jangle_result visit(void *context, const struct jangle_record *record)
{
    struct replay *replay = context;
    char *room = replay->copy;

    put(&room, record->kind, strlen(record->kind) + 1);
    put(&room, record->id, strlen(record->id) + 1);
    put(&room, record->type, strlen(record->type) + 1);
    put(&room, record->meta, strlen(record->meta) + 1);
    put(&room, record->payload, record->payload_size);
    see(replay, record->position, record->version, record->payload_size);
    return JANGLE_OK;
}

static void read_all(struct replay *replay, int64_t limit)
{
    struct jangle_store *store = replay->stores.store;
    struct jangle_error error;

    if (store->ops->read_all(store, 0, (size_t)limit, visit, replay, &error))
        bench_die("read_all", error.message);
}

/* The first pass compiles SQL and fills caches, and is not measured. */
static void set_up(struct bench_work *work)
{
    struct replay *replay = prepare(work);

    replay->stores = history_open(work->path);
    read_all(replay, replay->history.events);
}

static void run(struct bench_work *work)
{
    run_passes(work, read_all);
}

static void tear_down(struct bench_work *work)
{
    struct replay *replay = work->state;

    history_close(&replay->stores);
    free(replay);
}

const struct bench_row replay_raw = {
    .name = "replay-raw",
    .group = "reading",
    .summary = "100,000 events of 249 bytes, read, verified and copied",
    .unit = "events",
    .set = "replay-raw",
    .beside = {"plain-scan"},
    .counted = 1000,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};

/* ---- by SQLite alone ----------------------------------------------------------- */

static void scan_all(struct replay *replay, int64_t limit)
{
    while (replay->seen < limit) {
        struct scan_row row;

        sql_must(replay->database, sqlite3_step(replay->statement), SQLITE_ROW);
        row = scan_columns(replay->statement);
        see(replay, row.position, row.version, row.payload_size);
    }
    sql_must(replay->database, sqlite3_reset(replay->statement), SQLITE_OK);
}

static void scan_set_up(struct bench_work *work)
{
    struct replay *replay = prepare(work);

    replay->database = alone_open(work->path);
    replay->statement = sql_prepare(replay->database, "SELECT " SCAN_COLUMNS
                                                      " FROM events ORDER BY position");
    scan_all(replay, replay->history.events);
}

static void scan_run(struct bench_work *work)
{
    run_passes(work, scan_all);
}

static void scan_tear_down(struct bench_work *work)
{
    struct replay *replay = work->state;

    sqlite3_finalize(replay->statement);
    alone_close(replay->database);
    free(replay);
}

const struct bench_row plain_scan = {
    .name = "plain-scan",
    .group = "reading",
    .summary = "SQLite alone, which reads the same events by one statement",
    .unit = "events",
    .set = "replay-raw",
    .set_up = scan_set_up,
    .run = scan_run,
    .tear_down = scan_tear_down,
};
