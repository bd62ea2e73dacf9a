/* types.c - the numbers and names of event types. Those that are committed are cached in
 * the file.
 *
 * The cache is a table by number, in blocks. Whoever finds a type puts it there once, and
 * it stays as it is until the cache is emptied, when nobody reads or writes. So nobody
 * locks it: a type is whole before its pointer can be seen. */
#include "sqlite/file/types.h"
#include "sqlite/file/columns.h"
#include "sqlite/file/row_checksums.h"

#include <limits.h>
#include <stddef.h>

enum { BLOCK_SIZE = 64, REMEMBERED_MAX = JN_TYPES_BLOCKS * BLOCK_SIZE };

struct jn_type {
    int version;
    char name[];
};

/* The type of a number is at number - 1. NULL: it is not cached. */
struct jn_types_block {
    _Atomic(struct jn_type *) types[BLOCK_SIZE];
};

static struct jn_types_block *block_at(const struct jn_file *file, int64_t at)
{
    return atomic_load_explicit(&file->types.blocks[at / BLOCK_SIZE],
                                memory_order_acquire);
}

/* The type of a number, if it is cached. */
static struct jn_type *find_type(const struct jn_file *file, int64_t number)
{
    struct jn_types_block *block;
    int64_t at = number - 1;

    if (number < 1 || number > REMEMBERED_MAX)
        return NULL;
    block = block_at(file, at);
    return block ? atomic_load_explicit(&block->types[at % BLOCK_SIZE],
                                        memory_order_acquire)
                 : NULL;
}

void jn_types_clear(struct jn_file *file)
{
    const struct jangle_allocator *allocator = &file->host->allocator;

    for (int64_t at = 0; at < REMEMBERED_MAX; at += BLOCK_SIZE) {
        struct jn_types_block *block = block_at(file, at);

        for (int i = 0; block && i < BLOCK_SIZE; i++)
            jn_free(allocator, atomic_load(&block->types[i]));
        jn_free(allocator, block);
        atomic_store(&file->types.blocks[at / BLOCK_SIZE], NULL);
    }
}

/* The block of a number, which is made if it is not there. Two threads may make it at
 * once: the first one's stays. NULL: there is no memory. */
static struct jn_types_block *make_block(struct jn_file *file, int64_t at)
{
    const struct jangle_allocator *allocator = &file->host->allocator;
    struct jn_types_block *block = block_at(file, at), *made;

    if (block)
        return block;
    made = jn_new(allocator, sizeof *made);
    if (!made)
        return NULL;
    if (atomic_compare_exchange_strong(&file->types.blocks[at / BLOCK_SIZE], &block,
                                       made))
        return made;
    jn_free(allocator, made);
    return block;
}

static struct jn_type *
make_type(const struct jangle_allocator *allocator, const char *name, int version)
{
    size_t size = strlen(name) + 1;
    struct jn_type *type =
        jn_resize(allocator, NULL, offsetof(struct jn_type, name) + size);

    if (!type)
        return NULL;
    type->version = version;
    memcpy(type->name, name, size);
    return type;
}

/* Cache a committed type. If there is no memory, it is looked up again. */
static void remember(struct jn_file *file, int64_t number, const char *name, int version)
{
    const struct jangle_allocator *allocator = &file->host->allocator;
    struct jn_types_block *block;
    struct jn_type *type, *there = NULL;

    if (number < 1 || number > REMEMBERED_MAX)
        return;
    block = make_block(file, number - 1);
    type = block ? make_type(allocator, name, version) : NULL;
    if (type && !atomic_compare_exchange_strong(&block->types[(number - 1) % BLOCK_SIZE],
                                                &there, type))
        jn_free(allocator, type);
}

/* Look a type up in the cache. A program has few types, so a scan is fast enough. */
static int64_t find_number(const struct jn_file *file, const char *name, int version)
{
    for (int64_t first = 1; first <= REMEMBERED_MAX; first += BLOCK_SIZE) {
        bool any = block_at(file, first - 1) != NULL;

        for (int64_t number = first; any && number < first + BLOCK_SIZE; number++) {
            const struct jn_type *type = find_type(file, number);

            if (type && type->version == version && strcmp(type->name, name) == 0)
                return number;
        }
    }
    return 0;
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

/* Copy the name out of the cache, which is emptied while records are still visited. */
static bool copy_known(const struct jn_file *file,
                       int64_t number,
                       struct jn_rows *rows,
                       const char **name,
                       int *version)
{
    const struct jn_type *type = find_type(file, number);
    size_t size;
    char *copy;

    if (!type)
        return false;
    size = strlen(type->name) + 1;
    copy = jn_rows_room(rows, size);
    *name = copy ? memcpy(copy, type->name, size) : NULL;
    *version = type->version;
    return true;
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
