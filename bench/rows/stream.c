/* stream.c - rows: streams of 100 events, drawn at random, each read whole by the
 * contract of stores, as a command reads one that is not in memory; and by a SELECT. */
#include "rows.h"
#include "rows/history.h"
#include "rows/scan.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS = 100000, EACH = 100, STEP = 397 };

struct streams {
    struct history history;
    struct jangle_stores stores;
    sqlite3 *database;
    sqlite3_stmt *statement;
    int64_t next;                   /* the stream that is read next */
    int64_t version, bytes;         /* of the stream that is read now */
    int64_t numbers[EVENTS / EACH]; /* of the streams, in the table */
};

static void
see(struct streams *streams, int64_t version, const void *payload, size_t payload_size)
{
    if (version != ++streams->version || !memchr(payload, '{', 1))
        bench_die("stream", "an event was skipped, or came twice");
    streams->bytes += (int64_t)payload_size;
}

static void run_streams(struct bench_work *work,
                        void (*read)(struct streams *streams, int64_t stream))
{
    struct streams *streams = work->state;
    double end = bench_now() + work->seconds;

    do {
        streams->version = streams->bytes = 0;
        read(streams, streams->next);
        if (streams->version != EACH ||
            streams->bytes * history_streams(&streams->history) != streams->history.bytes)
            bench_die("stream", "what was read is not what was stored");
        streams->next = (streams->next + STEP) % history_streams(&streams->history);
        work->sample.count += EACH;
    } while (work->count ? work->sample.count < work->count : bench_now() < end);
}

static struct streams *prepare(struct bench_work *work)
{
    struct streams *streams = work->state = bench_new(sizeof *streams);

    streams->history = history_of(HISTORY_PAYMENTS, bench_prepared(work, EVENTS), EACH);
    history_write(work->path, &streams->history);
    return streams;
}

/* ---- by the contract ----------------------------------------------------------- */

static enum jangle_result visit(void *context, const struct jangle_record *record)
{
    see(context, record->version, record->payload, record->payload_size);
    return JANGLE_OK;
}

static void read_stream(struct streams *streams, int64_t stream)
{
    struct jangle_store *store = streams->stores.store;
    struct jangle_error error;
    char id[HISTORY_ID];

    history_id(stream, id);
    if (store->ops->read_stream(store, "account", id, 0, visit, streams, &error))
        bench_die("read_stream", error.message);
}

/* The first stream compiles SQL and is not measured. */
static void set_up(struct bench_work *work)
{
    struct streams *streams = prepare(work);

    streams->stores = history_open(work->path);
    read_stream(streams, 0);
}

static void run(struct bench_work *work)
{
    run_streams(work, read_stream);
}

static void tear_down(struct bench_work *work)
{
    struct streams *streams = work->state;

    history_close(&streams->stores);
    free(streams);
}

const struct bench_row stream_100 = {
    .name = "stream-100",
    .group = "reading",
    .summary = "streams of 100 events, drawn at random, read, verified and copied",
    .unit = "events",
    .set = "stream",
    .beside = {"plain-stream"},
    .counted = 1000,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};

/* ---- by SQLite alone ----------------------------------------------------------- */

static void select_stream(struct streams *streams, int64_t stream)
{
    sqlite3_stmt *statement = streams->statement;

    sql_must(streams->database,
             sqlite3_bind_int64(statement, 1, streams->numbers[stream]), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct scan_row row = scan_columns(statement);

        see(streams, row.version, row.payload, row.payload_size);
    }
    sql_must(streams->database, sqlite3_reset(statement), SQLITE_OK);
}

static void find_numbers(struct streams *streams)
{
    sqlite3_stmt *statement =
        sql_prepare(streams->database, "SELECT CAST(name AS INTEGER), id FROM streams");

    while (sqlite3_step(statement) == SQLITE_ROW)
        streams->numbers[sqlite3_column_int64(statement, 0)] =
            sqlite3_column_int64(statement, 1);
    sqlite3_finalize(statement);
}

static void select_set_up(struct bench_work *work)
{
    struct streams *streams = prepare(work);

    streams->database = alone_open(work->path);
    find_numbers(streams);
    streams->statement =
        sql_prepare(streams->database, "SELECT " SCAN_COLUMNS
                                       " FROM events WHERE stream = ? ORDER BY version");
    select_stream(streams, 0);
}

static void select_run(struct bench_work *work)
{
    run_streams(work, select_stream);
}

static void select_tear_down(struct bench_work *work)
{
    struct streams *streams = work->state;

    sqlite3_finalize(streams->statement);
    alone_close(streams->database);
    free(streams);
}

const struct bench_row plain_stream = {
    .name = "plain-stream",
    .group = "reading",
    .summary = "SQLite alone, which reads the same streams by a SELECT",
    .unit = "events",
    .set = "stream",
    .set_up = select_set_up,
    .run = select_run,
    .tear_down = select_tear_down,
};
