/* sql.h - SQLite alone, with jangle's pragmas and tables like its own, for all rows that
 * jangle is measured beside. */
#ifndef BENCH_SQL_H
#define BENCH_SQL_H

#include "bench.h"

#include <sqlite3.h>

struct sql_event {
    int64_t stream, version; /* a stream is 1, 2, 3... */
    const char *payload;
    int payload_size;
};

/* Statements are compiled once and kept. */
struct sql {
    sqlite3 *database;
    sqlite3_stmt *begin, *commit, *insert, *update;
    int64_t position; /* of the last event */
    uint64_t random;  /* of event ids */
};

/* Make the file and its tables, with so many streams that have no event. It ends the
 * program if it fails, and so do all of these. */
void sql_open(struct sql *sql, const char *path, int64_t streams);
void sql_close(struct sql *sql);

void sql_begin(struct sql *sql);
void sql_commit(struct sql *sql);

/* The event alone; and the row of its stream with it, without which no version is
 * checked. */
void sql_insert(struct sql *sql, const struct sql_event *event);
void sql_append(struct sql *sql, const struct sql_event *event);

/* A connection that reads, and a statement of it. */
sqlite3 *sql_reader(const char *path);
sqlite3_stmt *sql_prepare(sqlite3 *database, const char *text);
void sql_must(sqlite3 *database, int code, int wanted);

#endif
