/* parameters.c - bind the values of a statement's parameters. */
#include "sqlite/file/parameters.h"

#include <string.h>

int jn_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    if (!text)
        return sqlite3_bind_null(statement, index);
    return sqlite3_bind_text64(statement, index, text, strlen(text), SQLITE_STATIC,
                               SQLITE_UTF8);
}

int jn_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size)
{
    if (!size)
        return sqlite3_bind_zeroblob(statement, index, 0);
    return sqlite3_bind_blob64(statement, index, bytes, size, SQLITE_STATIC);
}

void jn_bind_all(sqlite3_stmt *statement,
                 const struct jn_parameter *parameters,
                 int count)
{
    for (int index = 1; index <= count; index++) {
        const struct jn_parameter *parameter = &parameters[index - 1];

        if (parameter->kind == SQLITE_INTEGER)
            sqlite3_bind_int64(statement, index, parameter->number);
        else if (parameter->kind == SQLITE_TEXT)
            jn_bind_text(statement, index, parameter->bytes);
        else
            jn_bind_bytes(statement, index, parameter->bytes, parameter->size);
    }
}

int64_t jn_limit(size_t limit)
{
    return limit < INT64_MAX ? (int64_t)limit : INT64_MAX;
}
