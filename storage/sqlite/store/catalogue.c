/* catalogue.c - what programs are made of, as they have described it. */
#include "sqlite/store/catalogue.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/transaction.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/append.h"

#include <limits.h>

/* ---- reading ----------------------------------------------------------------- */

static void keep_entry(struct jn_columns *columns)
{
    struct jangle_catalogue_entry *kept = jn_rows_add(columns->rows, sizeof *kept);

    if (!kept)
        return;
    kept->kind = (enum jangle_catalogue_kind)jn_columns_number_in(columns, 0, 1, INT_MAX);
    kept->program = jn_columns_keep_text(columns, 1);
    kept->name = jn_columns_keep_text(columns, 2);
    kept->version = (int)jn_columns_number_in(columns, 3, INT_MIN, INT_MAX);
    kept->facts = jn_columns_keep_text(columns, 4);
    kept->first_seen.us = jn_columns_number(columns, 5);
    kept->gone_at.us = jn_columns_number(columns, 6);
    jn_columns_verify(columns, 7);
}

static enum jangle_result
read_entries(struct jn_file *file, struct jn_rows *rows, struct jangle_error *error)
{
    static const char sql[] =
        "SELECT kind, program, name, version, facts, first_seen, gone_at,"
        " checksum = " JN_CATALOGUE_CHECKSUM(
            "facts", "first_seen",
            "gone_at") " FROM catalogue ORDER BY kind, program, name, version";
    struct jn_columns columns = {
        .table = "catalogue", .key_count = 4, .rows = rows, .error = error};

    return jn_file_read_rows(file, &columns, sql, NULL, 0, keep_entry);
}

enum jangle_result jn_sqlite_read_catalogue(struct jangle_store *store,
                                            jangle_catalogue_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    struct jangle_catalogue_entry *entry = NULL;
    struct jn_rows rows;
    enum jangle_result result = read_entries(jn_file_of(store), &rows, error);

    while (!result && (entry = jn_rows_next(&rows, entry)))
        result = visit(context, entry);
    jn_rows_finish(&rows);
    return result;
}

/* ---- writing ----------------------------------------------------------------- */

static bool entry_fits(const struct jangle_catalogue_entry *entry)
{
    return entry->kind > 0 && jn_text_fits(entry->name) && jn_text_fits(entry->facts);
}

static bool is_same(const struct jangle_catalogue_entry *entry,
                    const struct jangle_catalogue_entry *other)
{
    return entry->kind == other->kind && entry->version == other->version &&
           !strcmp(entry->name, other->name) && !strcmp(entry->facts, other->facts);
}

/* Both are in the same order, so that what differs shows in the same place. */
static bool is_stored(const struct jn_rows *rows,
                      const char *program,
                      const struct jangle_catalogue_entry *entries,
                      size_t count)
{
    struct jangle_catalogue_entry *stored = NULL;
    size_t at = 0;

    while ((stored = jn_rows_next(rows, stored))) {
        if (stored->gone_at.us || strcmp(stored->program, program) != 0)
            continue;
        if (at == count || !is_same(stored, &entries[at]))
            return false;
        at++;
    }
    return at == count;
}

/* A row that keeps its facts keeps its checksum's other values, too: so does one that was
 * damaged, which stays so. */
static enum jangle_result mark_gone(struct jn_database *writer,
                                    const char *program,
                                    jangle_time at,
                                    struct jangle_error *error)
{
    static const char sql[] =
        "UPDATE catalogue SET gone_at = ?2, checksum = " JN_CHECKSUM_IF_SOUND(
            "checksum", JN_CATALOGUE_CHECKSUM("facts", "first_seen", "gone_at"),
            JN_CATALOGUE_CHECKSUM("facts", "first_seen",
                                  "?2")) " WHERE program = ?1 AND gone_at = 0";

    return jn_database_write(
        writer, sql, JN_WITH(JN_BIND_TEXT(program), JN_BIND_NUMBER(at.us)), error);
}

/* What was known before keeps its first_seen. */
static enum jangle_result write_entry(struct jn_database *writer,
                                      const char *program,
                                      const struct jangle_catalogue_entry *entry,
                                      jangle_time at,
                                      struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO catalogue (kind, program, name, version, facts, first_seen, gone_at,"
        " checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0,"
        " jangle_checksum('catalogue', ?1, ?2, ?3, ?4, ?5, ?6, 0))"
        " ON CONFLICT (kind, program, name, version) DO UPDATE SET facts = ?5,"
        " gone_at = 0, checksum = " JN_CATALOGUE_CHECKSUM("?5", "first_seen", "0");

    return jn_database_write(writer, sql,
                             JN_WITH(JN_BIND_NUMBER(entry->kind), JN_BIND_TEXT(program),
                                     JN_BIND_TEXT(entry->name),
                                     JN_BIND_NUMBER(entry->version),
                                     JN_BIND_TEXT(entry->facts), JN_BIND_NUMBER(at.us)),
                             error);
}

static enum jangle_result write_entries(struct jn_database *writer,
                                        const char *program,
                                        const struct jangle_catalogue_entry *entries,
                                        size_t count,
                                        jangle_time at,
                                        struct jangle_error *error)
{
    enum jangle_result result = mark_gone(writer, program, at, error);

    for (size_t i = 0; !result && i < count; i++)
        result = write_entry(writer, program, &entries[i], at, error);
    JN_FAILPOINT("catalogue.written");
    return result;
}

static enum jangle_result check_entries(const struct jn_file *file,
                                        const char *program,
                                        const struct jangle_catalogue_entry *entries,
                                        size_t count,
                                        struct jangle_error *error)
{
    bool fit = jn_text_fits(program);

    for (size_t i = 0; fit && i < count; i++)
        fit = entry_fits(&entries[i]);
    return fit ? JANGLE_OK
               : jn_fail(error, JANGLE_INVALID,
                         "%s: what a program is made of cannot be stored: a text is "
                         "missing or too long",
                         file->path);
}

/* It is read first, and mostly that is all: a program seldom changes, and often opens.
 * Two processes that write at the same time write the same, or two versions of one
 * program, of which the later one counts. */
enum jangle_result jn_sqlite_set_catalogue(struct jangle_store *store,
                                           const char *program,
                                           const struct jangle_catalogue_entry *entries,
                                           size_t count,
                                           jangle_time at,
                                           struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_rows rows;
    bool is_current;
    enum jangle_result result = check_entries(file, program, entries, count, error);

    if (result)
        return result;
    result = read_entries(file, &rows, error);
    is_current = !result && is_stored(&rows, program, entries, count);
    jn_rows_finish(&rows);
    if (!result && !is_current)
        result = jn_file_take_writer_lock(file, error);
    if (result || is_current)
        return result;
    result = jn_file_begin(file, JN_MODE_FULL, error);
    if (!result)
        result = jn_file_end(
            file, write_entries(&file->writer, program, entries, count, at, error),
            error);
    jn_file_release_writer_lock(file);
    return result;
}
