/* raw.c - rows: what SQLite alone does with events as short as a deposit, for the fixed
 * workloads and for the hub. */
#include "rows.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER NOT NULL,"
    " version INTEGER NOT NULL, type INTEGER NOT NULL, at INTEGER NOT NULL,"
    " event_id BLOB NOT NULL, payload BLOB NOT NULL, meta TEXT NOT NULL,"
    " checksum INTEGER NOT NULL, UNIQUE (stream, version)) STRICT";
static const char insert[] =
    "INSERT INTO events VALUES (?1, ?2, ?3, 1, ?1, ?4, ?5, ?6, ?1)";

/* As long as those of a deposit. */
static const char payload[] = "{\"amount\":500,\"balance\":150000,\"entry\":300}";
static const char meta[] =
    "{\"correlation_id\":\"0193b2a0-0000-7000-8000-000000000000\","
    "\"causation_id\":\"0193b2a0-0000-7000-8000-000000000000\"}";

static void must(sqlite3 *database, int code, int wanted)
{
    if (code != wanted)
        bench_die("raw SQLite", sqlite3_errmsg(database));
}

static void run(sqlite3 *database, const char *sql)
{
    must(database, sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void insert_row(sqlite3 *database, sqlite3_stmt *statement, int64_t position)
{
    unsigned char id[16] = {0};

    memcpy(id, &position, sizeof position);
    must(database, sqlite3_bind_int64(statement, 1, position), SQLITE_OK);
    must(database, sqlite3_bind_int64(statement, 2, position % 1000), SQLITE_OK);
    must(database, sqlite3_bind_int64(statement, 3, position / 1000), SQLITE_OK);
    must(database, sqlite3_bind_blob(statement, 4, id, 16, SQLITE_TRANSIENT), SQLITE_OK);
    must(database,
         sqlite3_bind_blob(statement, 5, payload, sizeof payload - 1, SQLITE_STATIC),
         SQLITE_OK);
    must(database, sqlite3_bind_text(statement, 6, meta, -1, SQLITE_STATIC), SQLITE_OK);
    must(database, sqlite3_step(statement), SQLITE_DONE);
    must(database, sqlite3_reset(statement), SQLITE_OK);
}

struct raw {
    sqlite3 *database;
    sqlite3_stmt *statement;
};

static void set_up(struct bench_work *work)
{
    struct raw *raw = bench_new(sizeof *raw);

    work->state = raw;
    must(NULL, sqlite3_open(work->path, &raw->database), SQLITE_OK);
    run(raw->database, schema);
    must(raw->database,
         sqlite3_prepare_v2(raw->database, insert, -1, &raw->statement, NULL), SQLITE_OK);
}

static void commit_rows(struct bench_work *work)
{
    struct raw *raw = work->state;

    run(raw->database, "BEGIN IMMEDIATE");
    for (int i = 0; i < work->row->size; i++)
        insert_row(raw->database, raw->statement, ++work->sample.count);
    run(raw->database, "COMMIT");
}

static void run_for_seconds(struct bench_work *work)
{
    double started, before, now;

    started = now = bench_now();
    while ((before = now) - started < work->seconds) {
        commit_rows(work);
        now = bench_now();
        if (now - before > work->sample.longest)
            work->sample.longest = now - before;
    }
}

static void run_count(struct bench_work *work)
{
    while (work->sample.count < work->count)
        commit_rows(work);
}

static void tear_down(struct bench_work *work)
{
    struct raw *raw = work->state;

    sqlite3_finalize(raw->statement);
    must(raw->database, sqlite3_close(raw->database), SQLITE_OK);
    free(raw);
}

const struct bench_row short_64 = {
    .name = "short-64",
    .group = "messaging",
    .summary = "SQLite alone, 64 short inserts a commit",
    .unit = "inserts",
    .size = 64,
    .only_when_named = true,
    .set_up = set_up,
    .run = run_for_seconds,
    .tear_down = tear_down,
};

const struct bench_row raw_insert = {
    .name = "raw-insert",
    .group = "fixed",
    .summary = "SQLite alone, 100 short inserts, one a commit",
    .unit = "inserts",
    .kind = BENCH_FIXED,
    .count = 100,
    .size = 1,
    .set_up = set_up,
    .run = run_count,
    .tear_down = tear_down,
};
