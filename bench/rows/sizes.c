/* sizes.c - rows: bytes of the file that an event takes beside its payload and its meta;
 * and how long it takes to open a store of a million events. */
#include "domain.h"
#include "rows.h"
#include "rows/alone.h"
#include "rows/history.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { EVENTS = 100000, MILLION = 1000000, EACH = 10, OPENINGS = 20 };

/* ---- bytes --------------------------------------------------------------------- */

/* Commands of ten events to a stream each, through the public API, because receipts,
 * types and streams take bytes, too. */
static void store(struct bench_work *work, int64_t events)
{
    struct jangle *app = domain_open(work, NULL, NULL);
    char id[HISTORY_ID];

    for (int64_t i = 0; i < events; i += EACH) {
        history_id(i / EACH, id);
        domain_send(app, fill, .account_id = id, .count = EACH);
        work->sample.count += EACH;
    }
    domain_close(app);
}

static void bytes_set_up(struct bench_work *work)
{
    (void)work;
}

static void bytes_run(struct bench_work *work)
{
    bench_sync_as(SYNC_NONE);
    store(work, work->count ? work->count : EVENTS);
}

/* The bytes are the same in each round, whatever the machine did meanwhile. */
static void bytes_tear_down(struct bench_work *work)
{
    sqlite3 *database = alone_open(work->path);
    int64_t events = alone_number(database, "SELECT count(*) FROM events");
    int64_t content = alone_number(
        database, "SELECT sum(length(payload) + length(CAST(meta AS BLOB))) FROM events");
    struct stat file;

    if (events != work->sample.count)
        bench_die("bytes", "the file does not hold what was stored");
    alone_run(database, "PRAGMA wal_checkpoint(TRUNCATE)");
    alone_close(database);
    if (stat(work->path, &file))
        bench_die(work->path, "it cannot be looked at");
    work->sample.value = (double)(file.st_size - content) / (double)events;
}

const struct bench_row row_bytes = {
    .name = "bytes",
    .group = "sizes",
    .summary = "bytes of the file an event takes, beside its payload and its meta",
    .unit = "events",
    .counted = 10000,
    .set_up = bytes_set_up,
    .run = bytes_run,
    .tear_down = bytes_tear_down,
};

/* ---- opening ------------------------------------------------------------------- */

static void open_set_up(struct bench_work *work)
{
    struct history history =
        history_of(HISTORY_PAYMENTS, bench_prepared(work, MILLION), EACH);

    bench_sync_as(SYNC_NONE);
    history_write(work->path, &history);
    work->stored = history.events;
}

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* The event that was stored last is there each time. */
static void open_run(struct bench_work *work)
{
    double times[OPENINGS];

    for (int i = 0; i < OPENINGS; i++, work->sample.count++) {
        double started = bench_now();
        struct jangle *app = domain_open(work, &balances_view, NULL);
        struct jangle_stats stats;

        times[i] = bench_now() - started;
        jangle_measure(app, &stats);
        if (stats.position != work->stored)
            bench_die("open-1M", "an event is missing");
        domain_close(app);
    }
    qsort(times, OPENINGS, sizeof *times, ascending);
    work->sample.typical = times[OPENINGS / 2];
    work->sample.longest = times[OPENINGS - 1];
}

static void open_tear_down(struct bench_work *work)
{
    (void)work;
}

const struct bench_row open_1m = {
    .name = "open-1M",
    .group = "sizes",
    .summary = "openings of a store that holds a million events",
    .unit = "openings",
    .only_with_all = true,
    .set_up = open_set_up,
    .run = open_run,
    .tear_down = open_tear_down,
};
