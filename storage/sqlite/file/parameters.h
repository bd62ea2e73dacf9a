/* parameters.h - the values of a statement's parameters. */
#ifndef JN_PARAMETERS_H
#define JN_PARAMETERS_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

struct jn_parameter {
    int kind; /* SQLITE_INTEGER, SQLITE_TEXT or SQLITE_BLOB */
    int64_t number;
    const void *bytes; /* borrowed until the statement is reset; a text may be NULL */
    size_t size;       /* of a blob */
};

#define JN_BIND_NUMBER(value)                                                            \
    ((struct jn_parameter){.kind = SQLITE_INTEGER, .number = (value)})
#define JN_BIND_TEXT(value) ((struct jn_parameter){.kind = SQLITE_TEXT, .bytes = (value)})
#define JN_BIND_BYTES(value, length)                                                     \
    ((struct jn_parameter){.kind = SQLITE_BLOB, .bytes = (value), .size = (length)})
#define JN_BIND_NULL JN_BIND_TEXT(NULL)

/* The values of ?1, ?2 and so on, as the two arguments `parameters` and `count`:
 * JN_WITH(JN_BIND_NUMBER(7), JN_BIND_TEXT("x")). */
#define JN_WITH(...)                                                                     \
    (const struct jn_parameter[]){__VA_ARGS__},                                          \
        (int)(sizeof((const struct jn_parameter[]){__VA_ARGS__}) /                       \
              sizeof(struct jn_parameter))

/* Bind the values. A value that is too long becomes NULL: the caller must have checked
 * it. */
void jn_bind_all(sqlite3_stmt *statement,
                 const struct jn_parameter *parameters,
                 int count);

/* Bind a text or bytes, which must be valid until the statement is reset. A NULL text is
 * stored as NULL; no bytes are stored as an empty blob. SQLITE_TOOBIG if they are too
 * long. */
int jn_bind_text(sqlite3_stmt *statement, int index, const char *text);
int jn_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size);

/* `limit`, or INT64_MAX if it is greater, because the numbers of SQL are signed. */
int64_t jn_limit(size_t limit);

#endif
