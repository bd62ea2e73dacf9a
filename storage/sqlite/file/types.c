/* types.c - the numbers and names of event types. Those that are committed are cached in
 * the file, under readers_mutex. */
#include "sqlite/file/types.h"
#include "sqlite/file/columns.h"
#include "sqlite/file/row_checksums.h"

#include <limits.h>

enum { REMEMBERED_MAX = 4096 };

/* The type of a number is at items[number - 1]; its name is NULL if it is not cached. */
struct jn_type {
    char *name;
    int version;
};

void jn_types_clear(struct jn_file *file)
{
    jn_mutex_lock(&file->readers_mutex);
    for (size_t at = 0; at < file->types.count; at++)
        jn_free(&file->host->allocator, file->types.items[at].name);
    jn_free(&file->host->allocator, file->types.items);
    file->types = (struct jn_types){0};
    jn_mutex_unlock(&file->readers_mutex);
}

static bool types_grow(struct jn_file *file, size_t count)
{
    struct jn_types *types = &file->types;
    size_t capacity = types->capacity ? types->capacity : 16;
    struct jn_type *items;

    while (capacity < count)
        capacity *= 2;
    if (capacity > types->capacity) {
        items = jn_resize(&file->host->allocator, types->items,
                          capacity * sizeof *types->items);
        if (!items)
            return false;
        types->items = items;
        types->capacity = capacity;
    }
    for (; types->count < count; types->count++)
        types->items[types->count] = (struct jn_type){0};
    return true;
}

/* Cache a committed type. If there is no memory, it is looked up again. */
static void remember(struct jn_file *file, int64_t number, const char *name, int version)
{
    struct jn_type *type;

    if (number < 1 || number > REMEMBERED_MAX)
        return;
    jn_mutex_lock(&file->readers_mutex);
    if (types_grow(file, (size_t)number)) {
        type = &file->types.items[number - 1];
        if (!type->name)
            type->name = jn_copy_text(&file->host->allocator, name);
        type->version = version;
    }
    jn_mutex_unlock(&file->readers_mutex);
}

/* Look a type up in the cache. A program has few types, so a scan is fast enough. */
static int64_t find_number(struct jn_file *file, const char *name, int version)
{
    int64_t number = 0;

    jn_mutex_lock(&file->readers_mutex);
    for (size_t at = 0; at < file->types.count && !number; at++) {
        const struct jn_type *type = &file->types.items[at];

        if (type->name && type->version == version && strcmp(type->name, name) == 0)
            number = (int64_t)at + 1;
    }
    jn_mutex_unlock(&file->readers_mutex);
    return number;
}

/* ---- for those who write ----------------------------------------------------- */

/* Read the version of a row whose columns begin with name, version and whether its
 * checksum fits. */
static int read_version(struct jn_columns *columns)
{
    int version = (int)jn_columns_number_in(columns, 1, INT_MIN, INT_MAX);

    jn_columns_verify(columns, 2);
    return version;
}

static enum jangle_result select_number(struct jn_file *file,
                                        const char *name,
                                        int version,
                                        int64_t *number,
                                        struct jangle_error *error)
{
    static const char sql[] = "SELECT name, version, checksum = " JN_TYPE_CHECKSUM
                              ", id FROM types"
                              " WHERE name = ? AND version = ?";
    struct jn_columns columns = {
        .database = &file->writer, .table = "types", .key_count = 2, .error = error};

    *number = 0;
    jn_columns_ask(&columns, sql, JN_WITH(JN_BIND_TEXT(name), JN_BIND_NUMBER(version)));
    if (jn_columns_next(&columns)) {
        (void)read_version(&columns);
        *number = jn_columns_number(&columns, 3);
    }
    return jn_columns_end(&columns);
}

static enum jangle_result insert_type(struct jn_file *file,
                                      const char *name,
                                      int version,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    enum jangle_result result =
        jn_database_write(&file->writer,
                          "INSERT INTO types (name, version, checksum) VALUES (?1, ?2,"
                          " jangle_checksum('types', ?1, ?2))",
                          JN_WITH(JN_BIND_TEXT(name), JN_BIND_NUMBER(version)), error);

    *number = sqlite3_last_insert_rowid(file->writer.handle);
    return result;
}

enum jangle_result jn_types_number(struct jn_file *file,
                                   const char *name,
                                   int version,
                                   bool *made,
                                   int64_t *number,
                                   struct jangle_error *error)
{
    enum jangle_result result;

    *number = find_number(file, name, version);
    if (*number)
        return JANGLE_OK;
    result = select_number(file, name, version, number, error);
    if (result)
        return result;
    if (*number && !*made)
        remember(file, *number, name, version); /* this transaction did not make it */
    if (*number)
        return JANGLE_OK;
    *made = true;
    return insert_type(file, name, version, number, error);
}

/* ---- for those who read ------------------------------------------------------ */

/* Copy the name out of the cache, because the cache may be emptied at any time. */
static bool copy_known(struct jn_file *file,
                       int64_t number,
                       struct jn_rows *rows,
                       const char **name,
                       int *version)
{
    bool known = false;

    jn_mutex_lock(&file->readers_mutex);
    if (number >= 1 && (uint64_t)number <= file->types.count) {
        const struct jn_type *type = &file->types.items[number - 1];

        known = type->name != NULL;
        if (known) {
            size_t size = strlen(type->name) + 1;
            char *copy = jn_rows_room(rows, size);

            *name = copy ? memcpy(copy, type->name, size) : NULL;
            *version = type->version;
        }
    }
    jn_mutex_unlock(&file->readers_mutex);
    return known;
}

enum jangle_result jn_types_name(struct jn_file *file,
                                 struct jn_database *reader,
                                 int64_t number,
                                 struct jn_rows *rows,
                                 const char **name,
                                 int *version,
                                 struct jangle_error *error)
{
    static const char sql[] = "SELECT name, version, checksum = " JN_TYPE_CHECKSUM
                              ", id FROM types"
                              " WHERE id = ?";
    struct jn_columns columns = {.database = reader,
                                 .table = "types",
                                 .key = 3,
                                 .key_count = 1,
                                 .rows = rows,
                                 .error = error};

    if (copy_known(file, number, rows, name, version))
        return JANGLE_OK;
    jn_columns_ask(&columns, sql, JN_WITH(JN_BIND_NUMBER(number)));
    if (jn_columns_next(&columns)) {
        *name = jn_columns_keep_text(&columns, 0);
        *version = read_version(&columns);
        if (!columns.result)
            remember(file, number, *name, *version);
    } else if (!columns.result) {
        columns.result =
            jn_fail(error, JANGLE_STORAGE,
                    "%s: is damaged: in table types, row %lld is missing, of which "
                    "there are events",
                    file->path, (long long)number);
    }
    return jn_columns_end(&columns);
}
