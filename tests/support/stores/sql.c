/* sql.c - files of stores, read by SQL alone. */
#include "support/stores/sql.h"
#include "support/test.h"

static sqlite3_stmt *prepare(sqlite3 *files, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(files, sql, -1, &statement, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(files));
    return statement;
}

void sql_attach(sqlite3 **files, const char *path, const char *name)
{
    sqlite3_stmt *statement;

    if (!*files)
        assert_int_equal(sqlite3_open(":memory:", files), SQLITE_OK);
    statement = prepare(*files, "ATTACH ?1 AS ?2");
    sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
}

int64_t sql_ask(sqlite3 *files, const char *format, ...)
{
    sqlite3_stmt *statement;
    int64_t answer;
    va_list values;
    char *sql;

    va_start(values, format);
    sql = sqlite3_vmprintf(format, values);
    va_end(values);
    assert_non_null(sql);
    statement = prepare(files, sql);
    if (sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(files));
    answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_free(sql);
    return answer;
}
