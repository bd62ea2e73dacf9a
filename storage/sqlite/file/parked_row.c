/* parked_row.c - read, write and count the rows of parked keys. */
#include "sqlite/file/parked_row.h"

#include <limits.h>

void jn_columns_parked(struct jn_columns *columns,
                       int column,
                       struct jangle_parked *parked)
{
    parked->key = jn_columns_keep_text(columns, column);
    parked->kind = (enum jangle_parked_kind)jn_columns_number_in(columns, column + 1, 0,
                                                                 JANGLE_PARKED_TIMEOUT);
    parked->position = jn_columns_number_in(columns, column + 2, 0, INT64_MAX);
    parked->attempts = (int)jn_columns_number_in(columns, column + 3, 0, INT_MAX);
    parked->trying = jn_columns_flag(columns, column + 4);
    parked->next_at.us = jn_columns_number(columns, column + 5);
    parked->delay_ms = jn_columns_number_in(columns, column + 6, 0, INT64_MAX);
    parked->dead = jn_columns_flag(columns, column + 7);
    parked->error = jn_columns_keep_optional_text(columns, column + 8);
}

/* The texts must live until the step of the statement. */
void jn_bind_parked(sqlite3_stmt *statement,
                    int index,
                    const struct jangle_parked *parked)
{
    jn_bind_text(statement, index, parked->key);
    sqlite3_bind_int(statement, index + 1, (int)parked->kind);
    sqlite3_bind_int64(statement, index + 2, parked->position);
    sqlite3_bind_int(statement, index + 3, parked->attempts);
    sqlite3_bind_int(statement, index + 4, parked->trying);
    sqlite3_bind_int64(statement, index + 5, parked->next_at.us);
    sqlite3_bind_int64(statement, index + 6, parked->delay_ms);
    sqlite3_bind_int(statement, index + 7, parked->dead);
    jn_bind_text(statement, index + 8, parked->error);
}

enum jangle_result jn_parked_row_delete(struct jn_columns *columns,
                                        struct jn_parked_sum *sum)
{
    int checksum = columns->key_count;
    int code = sqlite3_step(columns->statement);
    enum jangle_result result;

    if (code == SQLITE_ROW) {
        sum->count--;
        sum->total = (int64_t)((uint64_t)sum->total -
                               (uint64_t)jn_columns_number(columns, checksum));
        jn_columns_verify(columns, checksum + 1);
        code = sqlite3_step(columns->statement);
    }
    result = columns->result
                 ? columns->result
                 : jn_database_result(columns->database, code, columns->error);
    sqlite3_reset(columns->statement);
    return result;
}

/* The row is only inserted when the step after the one that returns it is done. */
enum jangle_result jn_parked_row_insert(struct jn_database *database,
                                        sqlite3_stmt *statement,
                                        struct jn_parked_sum *sum,
                                        struct jangle_error *error)
{
    int code = sqlite3_step(statement);
    enum jangle_result result;

    if (code == SQLITE_ROW) {
        sum->count++;
        sum->total = (int64_t)((uint64_t)sum->total +
                               (uint64_t)sqlite3_column_int64(statement, 0));
        code = sqlite3_step(statement);
    }
    result = jn_database_result(database, code, error);
    sqlite3_reset(statement);
    return result;
}
