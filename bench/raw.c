/* raw.c - the baseline: what SQLite alone does on this machine with rows like ours. */
#include "bench.h"

#include <sqlite3.h>
#include <stdio.h>
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

struct sample bench_raw(const struct round *round, int batch)
{
    struct sample sample = {.share = 1};
    sqlite3 *database;
    sqlite3_stmt *statement;
    double started, before, now;

    must(NULL, sqlite3_open(round->path, &database), SQLITE_OK);
    run(database, schema);
    must(database, sqlite3_prepare_v2(database, insert, -1, &statement, NULL), SQLITE_OK);
    sample.syncs = -bench_syncs();
    started = now = bench_now();
    while ((before = now) - started < round->seconds) {
        run(database, "BEGIN IMMEDIATE");
        for (int i = 0; i < batch; i++)
            insert_row(database, statement, ++sample.count);
        run(database, "COMMIT");
        now = bench_now();
        if (now - before > sample.longest)
            sample.longest = now - before;
    }
    sample.seconds = bench_now() - started;
    sample.syncs += bench_syncs();
    sqlite3_finalize(statement);
    must(database, sqlite3_close(database), SQLITE_OK);
    return sample;
}
