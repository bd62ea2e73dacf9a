/* alone.h - more of SQLite alone (sql.h), for rows that read what jangle has stored. Each
 * function ends the program if it fails. */
#ifndef BENCH_ALONE_H
#define BENCH_ALONE_H

#include "rows/sql.h"

/* A connection with the settings of jangle's own ones. */
sqlite3 *alone_open(const char *path);
void alone_close(sqlite3 *database);

void alone_run(sqlite3 *database, const char *sql);

/* Run a statement that gives no rows, and make it ready for the next time. */
void alone_do(sqlite3_stmt *statement);

/* The number that this SQL gives. */
int64_t alone_number(sqlite3 *database, const char *sql);

#endif
