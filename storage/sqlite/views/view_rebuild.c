/* view_rebuild.c - build a view again in its shadow, and replace the view by the shadow.
 * A shadow of a file is another file, which a crash leaves for the next rebuild. */
#include "sqlite/views/view_rebuild.h"

#include "sqlite/views/view_batch.h"
#include "sqlite/views/view_checkpoint.h"
#include "sqlite/views/view_connection.h"
#include "sqlite/views/view_moved.h"

#include <assert.h>
#include <unistd.h>

/* ---- what a shadow was begun for --------------------------------------------- */

static enum jangle_result read_build(struct jn_view_file *file,
                                     unsigned char build_id[JANGLE_ID_SIZE],
                                     struct jangle_error *error)
{
    struct jangle_view *view;
    enum jangle_result result =
        jn_view_take_reader(file, false, JN_VIEW_BUSY_MS, &view, error);

    if (result)
        return result;
    result = jn_view_read_build(view, build_id, error);
    jn_view_undo(view);
    jn_view_give(view);
    return result;
}

/* Is the shadow an unfinished rebuild for the same spec? A shadow that was swapped in has
 * the build id of the view: then a crash has kept it from being emptied. */
static enum jangle_result can_continue(struct jn_view_file *shadow,
                                       const struct jangle_view_spec *spec,
                                       bool *can,
                                       struct jangle_error *error)
{
    static const char sql[] =
        "SELECT 1 FROM jangle_place WHERE schema = ?1"
        " AND schema_version = ?2 AND types_hash = ?3"
        " AND store_id = ?4 AND build_id <> ?5";
    struct jn_columns columns = {.database = &shadow->writer.database, .error = error};
    unsigned char build_id[JANGLE_ID_SIZE];
    enum jangle_result result = read_build(shadow->view, build_id, error);

    if (result)
        return result;
    jn_columns_ask(&columns, sql,
                   JN_WITH(JN_BIND_TEXT(spec->schema),
                           JN_BIND_NUMBER(spec->schema_version),
                           JN_BIND_BYTES(spec->types_hash, sizeof spec->types_hash),
                           JN_BIND_BYTES(spec->store_id, sizeof spec->store_id),
                           JN_BIND_BYTES(build_id, sizeof build_id)));
    *can = jn_columns_next(&columns);
    return jn_columns_end(&columns);
}

/* ---- open and close ---------------------------------------------------------- */

static void remove_shadow(struct jn_view_file *file)
{
    jn_view_file_close(file->shadow);
    file->shadow = NULL;
}

static enum jangle_result open_shadow(struct jn_view_file *file,
                                      const struct jangle_view_spec *spec,
                                      struct jangle_error *error)
{
    struct jangle_view_file *shadow;
    enum jangle_result result;
    char *path;

    if (file->shadow) /* a shadow in memory, which was closed before its swap */
        return JANGLE_OK;
    path = sqlite3_mprintf(file->in_memory ? ":memory:" : "%s.rebuild", file->path);
    if (!path)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->name);
    result = jn_view_file_open(file->store, spec, path, &shadow, error);
    sqlite3_free(path);
    if (result)
        return result;
    file->shadow = (struct jn_view_file *)shadow;
    file->shadow->view = file;
    return JANGLE_OK;
}

enum jangle_result jn_view_rebuild(struct jangle_view_file *base,
                                   const struct jangle_view_spec *spec,
                                   struct jangle_view_file **opened,
                                   struct jangle_error *error)
{
    struct jn_view_file *file = (struct jn_view_file *)base;
    bool can = false;
    enum jangle_result result;

    *opened = NULL;
    assert(!file->view); /* a shadow has no shadow */
    if (file->shadow && file->shadow->is_open)
        return jn_fail(error, JANGLE_BUSY, "%s: is being rebuilt already", file->name);
    result = open_shadow(file, spec, error);
    if (result)
        return result;
    result = can_continue(file->shadow, spec, &can, error);
    if (!result && !can)
        result = jn_view_file_refill(file->shadow, spec, error);
    if (result) {
        remove_shadow(file);
        return result;
    }
    file->shadow->is_open = true;
    *opened = &file->shadow->base;
    return JANGLE_OK;
}

/* Delete the files of a shadow, but only if nobody else has them open. Leaving WAL mode
 * fails if somebody has. */
static void remove_files(struct jn_view_file *view)
{
    struct jn_database *database = &view->shadow->writer.database;
    sqlite3_stmt *statement;
    bool last = false;
    char *path;

    jn_view_drop_readers(view->shadow);
    if (!jn_view_check_group(view->shadow, NULL) &&
        !jn_database_prepare(database, "PRAGMA journal_mode = DELETE", &statement,
                             NULL)) {
        last = sqlite3_step(statement) == SQLITE_ROW &&
               strcmp((const char *)sqlite3_column_text(statement, 0), "delete") == 0;
        sqlite3_reset(statement);
    }
    path = last ? sqlite3_mprintf("%s", view->shadow->path) : NULL;
    remove_shadow(view);
    if (path)
        (void)unlink(path);
    sqlite3_free(path);
}

/* A shadow that was not swapped is kept, in its file or in memory, for the next rebuild.
 * One that was swapped is deleted. */
void jn_view_close(struct jangle_view_file *base)
{
    struct jn_view_file *file = (struct jn_view_file *)base;

    if (!file)
        return;
    jn_view_roll_back(base);
    if (!file->view)
        jn_view_file_close(file);
    else if (file->swapped && !file->in_memory)
        remove_files(file->view);
    else if (file->swapped || !file->in_memory)
        remove_shadow(file->view);
    else
        file->is_open = false;
}

/* ---- swap -------------------------------------------------------------------- */

/* Make the shadow an empty file of the same spec. */
static enum jangle_result empty_shadow(struct jn_view_file *file,
                                       struct jangle_error *error)
{
    struct jangle_view_spec spec = {.name = file->name};
    struct jangle_view_checkpoint checkpoint;
    char *schema;
    enum jangle_result result =
        jn_view_read_checkpoint(&file->writer, &checkpoint, error);

    if (!result)
        result = jn_view_read_schema(&file->writer, &schema, error);
    if (result)
        return result;
    spec.schema = schema;
    spec.schema_version = checkpoint.schema_version;
    memcpy(spec.types_hash, checkpoint.types_hash, sizeof spec.types_hash);
    memcpy(spec.store_id, checkpoint.store_id, sizeof spec.store_id);
    result = jn_view_file_refill(file, &spec, error);
    sqlite3_free(schema);
    return result;
}

/* Copy the shadow over the view in one transaction of the view's file. */
static enum jangle_result copy_shadow(struct jn_view_file *file,
                                      struct jn_view_file *shadow,
                                      struct jangle_error *error)
{
    struct jn_database *to = &file->writer.database;
    sqlite3_backup *backup =
        sqlite3_backup_init(to->handle, "main", shadow->writer.database.handle, "main");
    int code, end;

    if (!backup)
        return jn_database_result(to, sqlite3_extended_errcode(to->handle), error);
    code = sqlite3_backup_step(backup, -1);
    JN_FAILPOINT("view.swap.copied");
    end = sqlite3_backup_finish(backup);
    if (code == SQLITE_DONE)
        code = end;
    return jn_database_result(to, code, error);
}

/* Both writers are taken, so that nobody writes to either file. A crash leaves the old
 * rows or the new ones, and perhaps the shadow, which can_continue recognises. */
enum jangle_result jn_view_swap(struct jangle_view_file *base,
                                struct jangle_view_file *shadow_base,
                                struct jangle_error *error)
{
    struct jn_view_file *file = (struct jn_view_file *)base;
    struct jn_view_file *shadow = (struct jn_view_file *)shadow_base;
    enum jangle_result result;

    assert(shadow->view == file && !shadow->in_batch);
    result = jn_view_take_writer(file, error);
    if (result)
        return result;
    result = jn_view_take_writer(shadow, error);
    if (result) {
        jn_view_give(&file->writer);
        return result;
    }
    jn_view_undo(&file->writer);
    jn_view_undo(&shadow->writer);
    JN_FAILPOINT("view.swap.before");
    result = copy_shadow(file, shadow, error);
    if (!result)
        result = jn_view_check_group(file, error);
    if (!result) {
        /* The copy must be durable before the shadow is emptied. Emptying it may fail. */
        jn_view_wal_checkpoint(&file->writer, true);
        JN_FAILPOINT("view.swap.after");
        shadow->swapped = !empty_shadow(shadow, NULL);
    }
    jn_view_give(&shadow->writer);
    jn_view_give(&file->writer);
    return result;
}
