/* replay_typed.c - rows: all events of a log, decoded, for a handler that does nothing;
 * and by one statement of SQLite, with jansson for the JSON. */
#include "domain.h"
#include "rows.h"
#include "rows/history.h"
#include "rows/scan.h"

#include <stdlib.h>

#ifdef BENCH_HAS_JANSSON
#include <jansson.h>
#endif

enum { EVENTS = 100000, EACH = 10 };

/* ---- a handler ----------------------------------------------------------------- */

struct replay {
    struct history history;
    struct jangle *app;
    int64_t seen, sum; /* of one pass */
};

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    struct replay *replay = delivery->program;

    replay->seen++;
    replay->sum += ((const struct paid *)event->data)->entry - HISTORY_ENTRY;
    return JANGLE_OK;
}

static const struct jangle_subscriber reader = {
    .name = "reader",
    .handlers = JANGLE_HANDLERS({&paid, see}),
    .start = JANGLE_FROM_FIRST,
};

static void poll_all(struct replay *replay)
{
    domain_settle(replay->app);
    if (replay->seen != replay->history.events ||
        replay->sum != history_sum(&replay->history))
        bench_die("replay-typed", "the handler has not got what was stored");
}

static void begin_again(struct replay *replay)
{
    struct jangle_error error;

    replay->seen = replay->sum = 0;
    if (jangle_subscriber_reset(replay->app, reader.name, 0, &error))
        bench_die("jangle_subscriber_reset", error.message);
}

/* The first pass compiles SQL and is not measured. */
static void set_up(struct bench_work *work)
{
    static const struct jangle_subscriber *const subscribers[] = {&reader};
    struct replay *replay = work->state = bench_new(sizeof *replay);
    struct jangle_config config = domain_config(work);

    replay->history = history_of(HISTORY_PAYMENTS, bench_prepared(work, EVENTS), EACH);
    history_write(work->path, &replay->history);
    config.subscribers = (struct jangle_subscribers){subscribers, 1};
    config.context = replay;
    replay->app = domain_start(&config);
    poll_all(replay);
    begin_again(replay);
}

static void run(struct bench_work *work)
{
    struct replay *replay = work->state;
    double end = bench_now() + work->seconds;

    if (work->count) {
        work->sample.count = domain_poll(
            replay->app, offsetof(struct jangle_stats, deliveries), work->count);
        return;
    }
    for (;;) {
        poll_all(replay);
        work->sample.count += replay->seen;
        if (bench_now() >= end)
            return;
        begin_again(replay);
    }
}

static void tear_down(struct bench_work *work)
{
    struct replay *replay = work->state;

    domain_close(replay->app);
    free(replay);
}

const struct bench_row replay_typed = {
    .name = "replay-typed",
    .group = "reading",
    .summary = "100,000 events of 249 bytes for a handler that does nothing",
    .unit = "events",
    .set = "replay-typed",
    .beside = {"plain-typed"},
    .counted = 1000,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};

/* ---- SQLite and jansson -------------------------------------------------------- */

#ifdef BENCH_HAS_JANSSON
struct plain {
    struct history history;
    sqlite3 *database;
    sqlite3_stmt *statement;
};

/* The payload alone: a handler of jangle gets the members of the meta, too. */
static int64_t parse(const struct scan_row *row)
{
    json_t *payload = json_loadb(row->payload, row->payload_size, 0, NULL);
    int64_t entry = json_integer_value(json_object_get(payload, "entry"));

    json_decref(payload);
    return entry;
}

static int64_t parse_all(const struct plain *plain)
{
    int64_t seen = 0, sum = 0;

    while (sqlite3_step(plain->statement) == SQLITE_ROW) {
        struct scan_row row = scan_columns(plain->statement);

        seen++;
        sum += parse(&row) - HISTORY_ENTRY;
    }
    sql_must(plain->database, sqlite3_reset(plain->statement), SQLITE_OK);
    if (seen != plain->history.events || sum != history_sum(&plain->history))
        bench_die("plain-typed", "what was read is not what was stored");
    return seen;
}

static void plain_set_up(struct bench_work *work)
{
    struct plain *plain = work->state = bench_new(sizeof *plain);

    plain->history = history_of(HISTORY_PAYMENTS, bench_prepared(work, EVENTS), EACH);
    history_write(work->path, &plain->history);
    plain->database = alone_open(work->path);
    plain->statement = sql_prepare(plain->database, "SELECT " SCAN_COLUMNS
                                                    " FROM events ORDER BY position");
    parse_all(plain);
}

static void plain_run(struct bench_work *work)
{
    double end = bench_now() + work->seconds;

    do
        work->sample.count += parse_all(work->state);
    while (bench_now() < end);
}

static void plain_tear_down(struct bench_work *work)
{
    struct plain *plain = work->state;

    sqlite3_finalize(plain->statement);
    alone_close(plain->database);
    free(plain);
}

const struct bench_row plain_typed = {
    .name = "plain-typed",
    .group = "reading",
    .summary = "SQLite and jansson, which read and parse the same events",
    .unit = "events",
    .set = "replay-typed",
    .set_up = plain_set_up,
    .run = plain_run,
    .tear_down = plain_tear_down,
};
#endif
