/* alone.c - more of SQLite alone, for rows that read what jangle has stored. */
#include "rows/alone.h"

/* The settings are those of storage/sqlite/file/database.c. */
sqlite3 *alone_open(const char *path)
{
    sqlite3 *database;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

    sql_must(NULL, sqlite3_open_v2(path, &database, flags, NULL), SQLITE_OK);
    alone_run(database,
              "PRAGMA journal_mode = WAL; PRAGMA mmap_size = 0;"
              "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
              "PRAGMA recursive_triggers = ON; PRAGMA synchronous = FULL");
    return database;
}

void alone_close(sqlite3 *database)
{
    sql_must(database, sqlite3_close(database), SQLITE_OK);
}

void alone_run(sqlite3 *database, const char *sql)
{
    sql_must(database, sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
}

void alone_do(sqlite3_stmt *statement)
{
    sqlite3 *database = sqlite3_db_handle(statement);

    sql_must(database, sqlite3_step(statement), SQLITE_DONE);
    sql_must(database, sqlite3_reset(statement), SQLITE_OK);
}

int64_t alone_number(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = sql_prepare(database, sql);
    int64_t number;

    sql_must(database, sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}
