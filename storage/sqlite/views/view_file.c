/* view_file.c - make a view's file, recognise it, and open and close it. */
#include "sqlite/views/view_file.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/files.h"
#include "sqlite/file/group.h"
#include "sqlite/views/view_checkpoint.h"
#include "sqlite/views/view_connection.h"
#include "sqlite/views/view_format.h"
#include "sqlite/views/view_moved.h"
#include "sqlite/views/view_statement.h"

#include <sys/stat.h>

/* ---- the struct ---------------------------------------------------------------- */

/* Set the path from the root. INVALID if it is the path of the store. */
static enum jangle_result
locate_view(struct jn_view_file *file, const char *path, struct jangle_error *error)
{
    const struct jn_view_store *store = file->store;
    const struct jangle_allocator *allocator = &store->host->allocator;
    enum jangle_result result = jn_files_locate(allocator, path, &file->path, error);
    char *store_path;

    if (result || !store->path ||
        jn_files_locate(allocator, store->path, &store_path, NULL))
        return result;
    if (strcmp(file->path, store_path) == 0)
        result = jn_fail(error, JANGLE_INVALID,
                         "%s: is the store itself: the view %s needs another file",
                         jn_files_shown(file->path), JN_SHOWN(60, file->name));
    jn_free(allocator, store_path);
    return result;
}

static struct jn_view_file *new_file(struct jn_view_store *store,
                                     const struct jangle_view_spec *spec)
{
    const struct jangle_allocator *allocator = &store->host->allocator;
    struct jn_view_file *file = jn_new(allocator, sizeof *file);

    if (!file)
        return NULL;
    file->base.ops = store->base.ops;
    file->store = store;
    file->writer.file = file;
    file->reader_limit = spec->readers ? spec->readers : (int)JN_VIEW_READERS;
    file->name = jn_copy_text(allocator, spec->name);
    if (!file->name || jn_cond_init(&file->writer_is_free))
        goto no_writer_is_free;
    if (!jn_cond_init(&file->reader_is_free))
        return file;
    jn_cond_finish(&file->writer_is_free);
no_writer_is_free:
    jn_free(allocator, file->name);
    jn_free(allocator, file);
    return NULL;
}

void jn_view_file_close(struct jn_view_file *file)
{
    const struct jangle_allocator *allocator;

    if (!file)
        return;
    allocator = &file->store->host->allocator;
    jn_view_file_close(file->shadow);
    jn_view_drop_readers(file);
    /* If the file is this view's, the last connection makes a WAL checkpoint and deletes
     * the WAL. SQLite does that by name, so the names must still lead to the open files.
     */
    if (file->is_recognised && !jn_view_check_group(file, NULL))
        sqlite3_db_config(file->writer.database.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                          0, (int *)NULL);
    jn_view_disconnect(&file->writer);
    jn_cond_finish(&file->reader_is_free);
    jn_cond_finish(&file->writer_is_free);
    jn_group_finish(&file->group, allocator);
    jn_free(allocator, file->path);
    jn_free(allocator, file->name);
    jn_free(allocator, file);
}

/* Make the struct of a file at `path`; nothing is opened yet. INVALID, with a sentence,
 * if no view can be there. */
static enum jangle_result make_view_file(struct jn_view_store *store,
                                         const struct jangle_view_spec *spec,
                                         const char *path,
                                         struct jn_view_file **made,
                                         struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &store->host->allocator;
    struct jn_view_file *file = new_file(store, spec);
    enum jangle_result result = JANGLE_OK;

    *made = NULL;
    if (!file)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", spec->name);
    file->in_memory = !*path || strcmp(path, ":memory:") == 0;
    if (file->in_memory)
        file->path = jn_copy_text(allocator, path);
    else
        result = locate_view(file, path, error);
    if (!result && (!file->path || (!file->in_memory &&
                                    jn_group_init(&file->group, file->path, allocator))))
        result = jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->name);
    if (result)
        jn_view_file_close(file);
    else
        *made = file;
    return result;
}

/* ---- filling a file ----------------------------------------------------------- */

static enum jangle_result
run_schema(struct jangle_view *view, const char *schema, struct jangle_error *error)
{
    sqlite3 *handle = view->database.handle;
    int code;

    jn_view_unstick(view);
    view->guard = JN_VIEW_SCHEMA;
    code = sqlite3_exec(handle, schema, NULL, NULL, NULL);
    view->guard = JN_VIEW_SELF;
    if (!code)
        return JANGLE_OK;
    jn_view_stick_compile(view, code, "in its schema");
    return jn_fail(error, view->failed_with.result, "%s", view->failed_with.message);
}

/* The checksum is set by a second statement, which names the columns in one place. */
static enum jangle_result write_first_checkpoint(struct jangle_view *view,
                                                 const struct jangle_view_spec *spec,
                                                 struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO jangle_place (one, name, position, event_id, schema,"
        " schema_version, types_hash, store_id, build_id, incomplete)"
        " VALUES (1, ?, 0, zeroblob(16), ?, ?, ?, ?, ?, 0)";
    const struct jangle_random *random = &view->file->store->host->random;
    unsigned char build_id[JANGLE_ID_SIZE];
    enum jangle_result result;

    random->id(random->context, build_id);
    result = jn_database_write(
        &view->database, sql,
        JN_WITH(JN_BIND_TEXT(spec->name), JN_BIND_TEXT(spec->schema),
                JN_BIND_NUMBER(spec->schema_version),
                JN_BIND_BYTES(spec->types_hash, sizeof spec->types_hash),
                JN_BIND_BYTES(spec->store_id, sizeof spec->store_id),
                JN_BIND_BYTES(build_id, sizeof build_id)),
        error);
    return result ? result
                  : jn_database_do(&view->database,
                                   "UPDATE jangle_place SET"
                                   " checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS,
                                   error);
}

static enum jangle_result fill_file(struct jangle_view *view,
                                    const struct jangle_view_spec *spec,
                                    struct jangle_error *error)
{
    enum jangle_result result = jn_database_run(&view->database, jn_view_tables, error);

    if (!result)
        result = run_schema(view, spec->schema, error);
    if (!result)
        result = write_first_checkpoint(view, spec, error);
    if (!result)
        result = jn_database_run(&view->database, "COMMIT", error);
    return result;
}

/* Drop all tables and views, the virtual tables first (they have no root page), because
 * dropping a virtual table also drops the tables that it keeps its data in. */
static enum jangle_result drop_all(struct jangle_view *view, struct jangle_error *error)
{
    static const char sql[] =
        "SELECT group_concat(sql, '') FROM (SELECT printf('DROP %s IF EXISTS \"%w\";',"
        " type, name) AS sql FROM sqlite_schema WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rootpage)";
    struct jn_columns columns = {.database = &view->database, .error = error};
    char *drops = NULL;
    enum jangle_result result;

    jn_columns_ask(&columns, sql, NULL, 0);
    if (jn_columns_next(&columns) && sqlite3_column_text(columns.statement, 0))
        drops = sqlite3_mprintf("%s", sqlite3_column_text(columns.statement, 0));
    result = jn_columns_end(&columns);
    if (!result)
        result = drops ? jn_database_run(&view->database, drops, error)
                       : jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory",
                                 view->file->name);
    sqlite3_free(drops);
    return result;
}

enum jangle_result jn_view_file_refill(struct jn_view_file *file,
                                       const struct jangle_view_spec *spec,
                                       struct jangle_error *error)
{
    struct jangle_view *view = &file->writer;
    enum jangle_result result =
        jn_database_run(&view->database, "BEGIN IMMEDIATE", error);

    if (!result)
        result = drop_all(view, error);
    if (!result)
        result = fill_file(view, spec, error);
    jn_view_undo(view);
    return result;
}

/* ---- recognising ------------------------------------------------------------- */

/* What is this file? NOT_FOUND if it is still empty. Its id is read last, because a
 * process that makes the view in between commits all of it at once. */
static enum jangle_result identify_view(struct jangle_view *view,
                                        struct jangle_error *error)
{
    struct jn_database *database = &view->database;
    int64_t id = 0, format = 0, objects = 0;
    enum jangle_result result = jn_database_number(
        database, "SELECT count(*) FROM sqlite_schema", &objects, error);

    if (!result)
        result = jn_database_number(database, "PRAGMA user_version", &format, error);
    if (!result)
        result = jn_database_number(database, "PRAGMA application_id", &id, error);
    if (result)
        return result;
    if (!id && !format && !objects)
        return JANGLE_NOT_FOUND;
    if (id != JN_VIEW_APPLICATION_ID)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: is a database, but not a view of jangle's", database->path);
    if (format > JN_VIEW_FORMAT)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: was written by a newer jangle: its format is %d, this one "
                       "knows %d",
                       database->path, (int)format, JN_VIEW_FORMAT);
    return JANGLE_OK;
}

/* Fill an empty file, unless another process was faster. */
static enum jangle_result fill_first(struct jangle_view *view,
                                     const struct jangle_view_spec *spec,
                                     struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!view->file->in_memory)
        result = jn_database_use_wal(&view->database, error);
    if (!result)
        result = jn_database_run(&view->database, "BEGIN IMMEDIATE", error);
    if (result)
        return result;
    result = identify_view(view, error);
    if (result == JANGLE_NOT_FOUND)
        result = fill_file(view, spec, error);
    jn_view_undo(view);
    return result;
}

/* Open the writer, and make or recognise what the file holds. The transaction that fills
 * it makes a crash harmless: the file is empty or complete. */
static enum jangle_result prepare_file(struct jn_view_file *file,
                                       const struct jangle_view_spec *spec,
                                       struct jangle_error *error)
{
    struct jangle_view *view = &file->writer;
    enum jangle_result result = jn_view_connect(view, JN_MODE_NORMAL, error);

    if (result)
        return result;
    result = identify_view(view, error);
    if (result == JANGLE_NOT_FOUND)
        result = fill_first(view, spec, error);
    if (!result)
        result = jn_view_check_name(view, spec->name, error);
    if (!result && !file->in_memory)
        result = jn_database_use_wal(&view->database, error);
    if (!result)
        result = jn_view_migrate(view, error);
    if (!result)
        result = jn_view_note_group(file, JN_MEMBER_LOCK, error);
    file->is_recognised = !result;
    return result;
}

/* ---- a follower ---------------------------------------------------------------- */

static enum jangle_result not_there(const char *name, struct jangle_error *error)
{
    return jn_fail(error, JANGLE_BUSY,
                   "the view \"%s\" is not there yet: the process that runs it makes "
                   "it, and this one is a follower",
                   JN_SHOWN(60, name));
}

/* A follower opens readers only. */
static enum jangle_result open_to_follow(struct jn_view_file *file,
                                         const struct jangle_view_spec *spec,
                                         struct jangle_error *error)
{
    struct jangle_view *view;
    struct stat status;
    bool has_log;
    enum jangle_result result =
        file->in_memory ? JANGLE_OK : jn_group_check(file->path, &has_log, error);

    if (result)
        return result;
    if (file->in_memory || stat(file->path, &status) != 0 || status.st_size == 0)
        return not_there(spec->name, error);
    result = jn_view_take_reader(file, false, 0, &view, error);
    if (result)
        return result;
    result = identify_view(view, error);
    if (result == JANGLE_NOT_FOUND)
        result = not_there(spec->name, error);
    else if (!result)
        result = jn_view_check_name(view, spec->name, error);
    if (!result && file->store->use < JN_FILE_LOOKS)
        result = jn_view_check_current(view, error);
    if (!result)
        result = jn_view_note_group(file, 1, error);
    jn_view_give(view);
    return result;
}

/* ---- opening ----------------------------------------------------------------- */

/* Make an empty file on the disk, unless there is one. The schema is run in memory first,
 * because a schema that fails must leave no file. */
static enum jangle_result make_on_disk(const struct jn_view_file *file,
                                       const struct jangle_view_spec *spec,
                                       struct jangle_error *error)
{
    struct jn_view_file *rehearsal;
    struct stat status;
    bool has_log;
    enum jangle_result result = jn_group_check(file->path, &has_log, error);

    if (result || (!stat(file->path, &status) && status.st_size))
        return result;
    result = make_view_file(file->store, spec, ":memory:", &rehearsal, error);
    if (!result)
        result = prepare_file(rehearsal, spec, error);
    jn_view_file_close(rehearsal);
    return result ? result : jn_files_make(file->store->host, file->path, error);
}

enum jangle_result jn_view_file_open(struct jn_view_store *store,
                                     const struct jangle_view_spec *spec,
                                     const char *path,
                                     struct jangle_view_file **opened,
                                     struct jangle_error *error)
{
    struct jn_view_file *file;
    enum jangle_result result = make_view_file(store, spec, path, &file, error);

    *opened = NULL;
    if (result)
        return result;
    if (!store->follower && !file->in_memory)
        result = make_on_disk(file, spec, error);
    if (!result)
        result = store->follower ? open_to_follow(file, spec, error)
                                 : prepare_file(file, spec, error);
    if (result)
        jn_view_file_close(file);
    else
        *opened = &file->base;
    return result;
}
