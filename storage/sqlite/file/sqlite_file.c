/* sqlite_file.c - open a store's file, share it, and close it with its last user. */
#include "sqlite/file/sqlite_file.h"
#include "sqlite/file/columns.h"
#include "sqlite/file/fence.h"
#include "sqlite/file/files.h"
#include "sqlite/file/forks.h"
#include "sqlite/file/group.h"
#include "sqlite/file/looker.h"
#include "sqlite/file/moved.h"
#include "sqlite/file/own_log.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/schema.h"
#include "sqlite/file/stream_numbers.h"
#include "sqlite/file/types.h"
#include "sqlite/file/writer_lock.h"

#include <sys/stat.h>

static enum jangle_result out_of_memory(const char *path, struct jangle_error *error)
{
    return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", path);
}

/* ---- checks, and the first use ------------------------------------------------ */

/* Refuse a file that was open when this process was forked off (forks.h says why). */
static enum jangle_result check_inherited(const struct jn_file *file,
                                          struct jangle_error *error)
{
    struct stat status;

    if (stat(file->full_path, &status) != 0 || !jn_forks_inherited(&status))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: was open when this process was forked off, and SQLite cannot "
                   "lock it here: fork first, or exec",
                   file->path);
}

/* Let a child that is forked off later know that the file is open here. */
static void note_open(struct jn_file *file)
{
    struct stat status;

    if (stat(file->full_path, &status) == 0)
        file->note = jn_forks_note(&status);
}

/* Refuse a file that is no store before anything is made beside it. */
static enum jangle_result
check_store(struct jn_file *file, bool follower, struct jangle_error *error)
{
    struct stat status;
    struct jn_database database = {0};
    bool has_log;
    enum jangle_result result = jn_group_check(file->full_path, &has_log, error);

    if (result || lstat(file->full_path, &status) != 0 || status.st_size == 0)
        return result;
    result = jn_database_open(&database, file->full_path, file->vfs, JN_MODE_READ,
                              file->options.writer_timeout_ms, error);
    if (result)
        return result;
    database.path = file->path;
    result = follower ? jn_schema_check_current(&database, error)
                      : jn_schema_check(&database, error);
    jn_database_close(&database);
    return result;
}

/* Refuse files that another process does not have open under the same names, and a WAL of
 * another file. Called before SQLite makes the files that are missing. */
static enum jangle_result check_others(struct jn_file *file, struct jangle_error *error)
{
    struct jn_lock lock;
    enum jangle_result result = jn_lock_open(&lock, &file->group, false, error);

    if (!result && lock.file != JN_LOCK_NONE)
        result = jn_file_meet_others(file, &lock, error);
    if (!result)
        result = jn_file_check_log(file, &lock, error);
    jn_lock_close(&lock);
    return result;
}

/* With the writer lock: open the connection that writes, and begin a session, or pass the
 * fence. If readers are in the way of the fence, the store opens all the same: it can be
 * read, and commands are BUSY until the fence is passed. */
static enum jangle_result
begin_writing(struct jn_file *file, bool unclean, struct jangle_error *error)
{
    struct jangle_error why = {0};
    bool died = false;
    enum jangle_result result = jn_file_meet_others(file, &file->lock, error);

    if (!result)
        result = jn_files_make(file->host, file->full_path, error);
    if (!result)
        result = jn_file_open_writer(file, error);
    if (!result)
        result = jn_file_note_group(file, error);
    if (!result)
        result = jn_file_tell_others(file, error);
    if (!result)
        result = jn_file_find_dead(file, &died, error);
    if (result)
        return result;
    if (!unclean && !died)
        return jn_file_begin_session(file, error);
    atomic_store(&file->fenced, true);
    result = jn_file_fence(file, &why);
    if (!result || result == JANGLE_BUSY)
        return JANGLE_OK;
    return jn_fail(error, result, "%s", why.message);
}

/* Open the file as a follower. It writes nothing, so it takes no writer lock. */
static enum jangle_result open_follower(struct jn_file *file, struct jangle_error *error)
{
    struct stat status;
    enum jangle_result result = check_others(file, error);

    if (!result)
        result = check_store(file, true, error);
    if (!result && (stat(file->full_path, &status) != 0 || status.st_size == 0))
        return jn_fail(error, JANGLE_STORAGE,
                       "%s: there is no store yet, and a follower makes none: open it "
                       "with a program that is no follower",
                       file->path);
    if (!result && jn_group_note(&file->group, 1))
        result = jn_file_check_path(file, error);
    return result ? result : jn_lock_open(&file->lock, &file->group, false, error);
}

/* Open the file to write. Every check that changes nothing comes before the lock file is
 * made. */
static enum jangle_result open_owner(struct jn_file *file, struct jangle_error *error)
{
    bool unclean = false;
    enum jangle_result result = check_others(file, error);

    if (!result)
        result = jn_files_check_writable(file->full_path, file->path, error);
    if (!result)
        result = check_store(file, false, error);
    if (!result)
        result = jn_lock_open(&file->lock, &file->group, true, error);
    if (result)
        return result;
    jn_mutex_lock(&file->writer_mutex);
    result = jn_lock_take_writer(&file->lock, file->options.writer_timeout_ms, &unclean,
                                 error);
    if (!result) {
        result = begin_writing(file, unclean, error);
        jn_lock_release_writer(&file->lock,
                               !atomic_load(&file->fenced) && !(result && unclean));
    }
    jn_mutex_unlock(&file->writer_mutex);
    return result;
}

/* ---- which store it is ------------------------------------------------------- */

static void read_identity(struct jn_columns *columns, struct jn_store_identity *identity)
{
    (void)jn_columns_number_in(columns, 0, 1, 1);
    jn_columns_copy(columns, 1, identity->id, sizeof identity->id);
    identity->epoch = jn_columns_number_in(columns, 2, 1, INT64_MAX);
    identity->first_position = jn_columns_number_in(columns, 3, 1, INT64_MAX);
    identity->schema_1_events = jn_columns_number_in(columns, 4, 0, INT64_MAX);
    jn_columns_verify(columns, 5);
}

/* There must be exactly one row: a second one is damage, whichever comes first. */
enum jangle_result jn_identity_read(struct jn_database *database,
                                    struct jn_store_identity *identity,
                                    struct jangle_error *error)
{
    static const char sql[] =
        "SELECT one, id, epoch, first_position, schema_1_events,"
        " checksum = " JN_STORE_CHECKSUM("epoch") " FROM store";
    struct jn_columns columns = {.database = database, .table = "store", .error = error};

    jn_columns_ask(&columns, sql, NULL, 0);
    if (jn_columns_next(&columns)) {
        read_identity(&columns, identity);
        if (jn_columns_next(&columns))
            jn_columns_refuse_row(&columns, "is not the only one");
    } else {
        jn_columns_refuse_row(&columns, "has no row: it does not say which store it is");
    }
    return jn_columns_end(&columns);
}

/* The connection that writes is used if there is one, so that no reader is opened yet. */
static enum jangle_result identify_file(struct jn_file *file, struct jangle_error *error)
{
    struct jn_database *reader;
    enum jangle_result result;

    if (file->writer.handle)
        return jn_identity_read(&file->writer, &file->identity, error);
    result = jn_file_take_reader(file, &reader, error);
    if (result)
        return result;
    result = jn_identity_read(reader, &file->identity,
                              file->use < JN_FILE_LOOKS ? error : &file->identity_fault);
    jn_file_release_reader(file, reader);
    return file->use < JN_FILE_LOOKS ? result : jn_looker_believe(file, result, error);
}

/* ---- open and close ---------------------------------------------------------- */

/* All three, or none. */
static enum jangle_result init_locks(struct jn_file *file)
{
    if (jn_mutex_init(&file->writer_mutex))
        return JANGLE_NO_MEMORY;
    if (jn_mutex_init(&file->readers_mutex))
        goto no_readers_mutex;
    if (jn_cond_init(&file->reader_is_free))
        goto no_reader_is_free;
    if (!jn_cond_init(&file->readers_are_idle))
        return JANGLE_OK;
    jn_cond_finish(&file->reader_is_free);
no_reader_is_free:
    jn_mutex_finish(&file->readers_mutex);
no_readers_mutex:
    jn_mutex_finish(&file->writer_mutex);
    return JANGLE_NO_MEMORY;
}

static void free_file(struct jn_file *file)
{
    const struct jangle_allocator *allocator = &file->host->allocator;

    jn_free(allocator, file->path);
    jn_free(allocator, file->program);
    jn_free(allocator, file->vfs);
    jn_group_finish(&file->group, allocator);
    jn_free(allocator, file->full_path);
    jn_free(allocator, file);
}

static enum jangle_result open_for_use(struct jn_file *file, struct jangle_error *error)
{
    switch (file->use) {
    case JN_FILE_WRITES:
        return open_owner(file, error);
    case JN_FILE_FOLLOWS:
        return open_follower(file, error);
    default:
        return jn_looker_open(file, error);
    }
}

/* Make the struct; nothing is opened yet. */
static enum jangle_result make_store_file(struct jn_file **made,
                                          const struct jangle_storage *storage,
                                          const struct jangle_sqlite_options *options,
                                          enum jn_file_use use,
                                          const struct jangle_host *host,
                                          struct jangle_error *error)
{
    const char *path = storage->location;
    char *full_path;
    struct jn_file *file;
    enum jangle_result result =
        jn_files_locate(&host->allocator, path, &full_path, error);

    if (!result)
        result = jn_group_check_name(full_path, error);
    if (result) {
        jn_free(&host->allocator, full_path);
        return result;
    }
    file = jn_new(&host->allocator, sizeof *file);
    if (!file) {
        jn_free(&host->allocator, full_path);
        return out_of_memory(path, error);
    }
    *file = (struct jn_file){.host = host,
                             .options = *options,
                             .full_path = full_path,
                             .users = 1,
                             .use = use,
                             .follower = use != JN_FILE_WRITES,
                             .note = JN_FORKS_NONE,
                             .lock = {.file = JN_LOCK_NONE}};
    file->path = jn_copy_text(&host->allocator, jn_files_shown(path));
    file->program =
        jn_copy_text(&host->allocator, storage->program ? storage->program : "");
    file->vfs = jn_copy_text(&host->allocator, options->vfs);
    if (!file->path || !file->program || (options->vfs && !file->vfs) ||
        jn_group_init(&file->group, full_path, &host->allocator) || init_locks(file)) {
        free_file(file);
        return out_of_memory(path, error);
    }
    *made = file;
    return JANGLE_OK;
}

static void close_and_free(struct jn_file *file)
{
    jn_file_close_readers(file);
    jn_database_close(&file->writer);
    jn_types_clear(file);
    jn_stream_numbers_clear(file);
    jn_lock_close(&file->lock);
    jn_forks_forget(file->note);
    jn_cond_finish(&file->readers_are_idle);
    jn_cond_finish(&file->reader_is_free);
    jn_mutex_finish(&file->readers_mutex);
    jn_mutex_finish(&file->writer_mutex);
    free_file(file);
}

enum jangle_result jn_file_open(struct jn_file **file,
                                const struct jangle_storage *storage,
                                const struct jangle_sqlite_options *options,
                                enum jn_file_use use,
                                const struct jangle_host *host,
                                struct jangle_error *error)
{
    enum jangle_result result = make_store_file(file, storage, options, use, host, error);

    if (result) {
        *file = NULL;
        return result;
    }
    result = check_inherited(*file, error);
    if (!result)
        result = open_for_use(*file, error);
    if (!result)
        result = identify_file(*file, error);
    if (result) {
        close_and_free(*file);
        *file = NULL;
        return result;
    }
    note_open(*file);
    return JANGLE_OK;
}

void jn_file_share(struct jn_file *file)
{
    jn_mutex_lock(&file->writer_mutex);
    file->users++;
    jn_mutex_unlock(&file->writer_mutex);
}

/* Readers are closed first, because an open one may keep the WAL from being emptied. If
 * the writer lock cannot be had, the session stays listed and the next program passes the
 * fence. */
void jn_file_close(struct jn_file *file)
{
    bool last;

    jn_mutex_lock(&file->writer_mutex);
    last = --file->users == 0;
    jn_mutex_unlock(&file->writer_mutex);
    if (!last)
        return;
    jn_file_close_readers(file);
    if (!jn_file_take_writer_lock_last(file)) {
        jn_file_end_session(file);
        jn_file_release_writer_lock(file);
    }
    close_and_free(file);
}
