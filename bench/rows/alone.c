/* alone.c - SQLite without jangle, for the loops that rows are compared with. */
#include "rows/alone.h"

void alone_must(sqlite3 *database, int code, int wanted)
{
    if (code != wanted)
        bench_die("SQLite alone", sqlite3_errmsg(database));
}

/* The settings are those of storage/sqlite/file/database.c. */
sqlite3 *alone_open(const char *path)
{
    sqlite3 *database;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

    alone_must(NULL, sqlite3_open_v2(path, &database, flags, NULL), SQLITE_OK);
    alone_run(database,
              "PRAGMA journal_mode = WAL; PRAGMA mmap_size = 0;"
              "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
              "PRAGMA recursive_triggers = ON; PRAGMA synchronous = FULL");
    return database;
}

void alone_close(sqlite3 *database)
{
    alone_must(database, sqlite3_close(database), SQLITE_OK);
}

void alone_run(sqlite3 *database, const char *sql)
{
    alone_must(database, sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

sqlite3_stmt *alone_prepare(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement;

    alone_must(database,
               sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                  &statement, NULL),
               SQLITE_OK);
    return statement;
}

void alone_do(sqlite3_stmt *statement)
{
    sqlite3 *database = sqlite3_db_handle(statement);

    alone_must(database, sqlite3_step(statement), SQLITE_DONE);
    alone_must(database, sqlite3_reset(statement), SQLITE_OK);
}

int64_t alone_number(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = alone_prepare(database, sql);
    int64_t number;

    alone_must(database, sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}
