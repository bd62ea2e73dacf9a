/* readers.c - the connections that read: a few, each used by one thread at a time. Who
 * has which is guarded by readers_mutex, which nobody holds while a connection
 * is used. */
#include "sqlite/file/readers.h"

#include "sqlite/file/moved.h"
#include "sqlite/file/schema_look.h"

#include <assert.h>

enum { READER_BUSY_MS = 5000 }; /* for a WAL that is being recovered or emptied */

static struct jn_reader *find_free(struct jn_file *file)
{
    for (size_t at = 0; at < JN_READER_COUNT; at++)
        if (!file->readers[at].busy)
            return &file->readers[at];
    return NULL;
}

static bool any_is_busy(const struct jn_file *file)
{
    for (size_t at = 0; at < JN_READER_COUNT; at++)
        if (file->readers[at].busy)
            return true;
    return false;
}

/* Wait for a free reader. Nobody who has one waits for anything but SQLite, so there will
 * be one soon. */
static struct jn_reader *take_reader(struct jn_file *file)
{
    struct jn_reader *reader;

    jn_mutex_lock(&file->readers_mutex);
    while (file->readers_stopped || !(reader = find_free(file)))
        jn_cond_wait(&file->reader_is_free, &file->readers_mutex);
    reader->busy = true;
    jn_mutex_unlock(&file->readers_mutex);
    return reader;
}

/* One reader is free, so one thread is woken for it; while readers are stopped, the one
 * that waits until none is in use. That is done when the mutex is free again, because a
 * thread that is woken needs it at once. */
static void release_reader(struct jn_file *file, struct jn_reader *reader)
{
    bool stopped, idle;

    jn_mutex_lock(&file->readers_mutex);
    reader->busy = false;
    stopped = file->readers_stopped;
    idle = stopped && !any_is_busy(file);
    jn_mutex_unlock(&file->readers_mutex);
    if (idle)
        jn_cond_signal(&file->readers_are_idle);
    else if (!stopped)
        jn_cond_signal(&file->reader_is_free);
}

/* The names are checked before and after the opening, because they may lead to other
 * files at any time. */
enum jangle_result jn_file_connect(const struct jn_file *file,
                                   struct jn_database *database,
                                   int64_t busy_ms,
                                   struct jangle_error *error)
{
    enum jangle_result result = jn_file_check_open(file, error);

    if (!result)
        result = jn_database_open(
            database, file->full_path, file->vfs,
            file->use == JN_FILE_FROZEN ? JN_MODE_FROZEN : JN_MODE_READ, busy_ms, error);
    if (result)
        return result;
    database->path = file->path;
    result = jn_file_check_path(file, error);
    if (!result && file->use >= JN_FILE_LOOKS)
        result = jn_schema_show_as_latest(database, error);
    if (result)
        jn_database_close(database);
    return result;
}

/* Let a reader map the file, if options.reader_mmap_bytes says so. SQLite maps less if it
 * was built so, or nothing if the VFS cannot: then it reads as if nothing had been said.
 * The connection that writes never maps, and neither do backups and views: an I/O error
 * would be a signal there, and a commit whose outcome nobody knows. */
static enum jangle_result map_file(const struct jn_file *file,
                                   struct jn_database *database,
                                   struct jangle_error *error)
{
    char pragma[64];

    if (!file->options.reader_mmap_bytes)
        return JANGLE_OK;
    jn_text_format(pragma, sizeof pragma, "PRAGMA mmap_size = %lld",
                   (long long)file->options.reader_mmap_bytes);
    return jn_database_run(database, pragma, error);
}

static enum jangle_result open_reader(const struct jn_file *file,
                                      struct jn_database *database,
                                      struct jangle_error *error)
{
    enum jangle_result result = jn_file_connect(file, database, READER_BUSY_MS, error);

    if (!result)
        result = map_file(file, database, error);
    if (result)
        jn_database_close(database);
    return result;
}

/* Connections are opened at their first use and stay open. */
enum jangle_result jn_file_take_reader(struct jn_file *file,
                                       struct jn_database **database,
                                       struct jangle_error *error)
{
    struct jn_reader *reader = take_reader(file);
    enum jangle_result result;

    *database = &reader->database;
    result =
        reader->database.handle ? JANGLE_OK : open_reader(file, &reader->database, error);
    if (!result && file->follower)
        result = jn_file_check_path(file, error);
    if (result)
        release_reader(file, reader);
    return result;
}

/* It is one of them, or a mistake of this library. */
static struct jn_reader *reader_of(struct jn_file *file,
                                   const struct jn_database *database)
{
    size_t at = 0;

    while (at < JN_READER_COUNT && database != &file->readers[at].database)
        at++;
    assert(at < JN_READER_COUNT);
    return &file->readers[at];
}

void jn_file_release_reader(struct jn_file *file, struct jn_database *database)
{
    release_reader(file, reader_of(file, database));
}

struct jn_stream_names *jn_file_reader_names(struct jn_file *file,
                                             const struct jn_database *database)
{
    return &reader_of(file, database)->names;
}

/* Who opens a connection again may find other streams under the numbers that it knew. */
void jn_file_close_readers(struct jn_file *file)
{
    for (size_t at = 0; at < JN_READER_COUNT; at++) {
        jn_database_close(&file->readers[at].database);
        jn_stream_names_clear(&file->readers[at].names, &file->host->allocator);
    }
}

enum jangle_result jn_file_read_rows(struct jn_file *file,
                                     struct jn_columns *columns,
                                     const char *sql,
                                     const struct jn_parameter *parameters,
                                     int count,
                                     void (*keep)(struct jn_columns *columns))
{
    enum jangle_result result;

    jn_rows_init(columns->rows, &file->host->allocator);
    result = jn_file_take_reader(file, &columns->database, columns->error);
    if (result)
        return result;
    jn_columns_ask(columns, sql, parameters, count);
    while (jn_columns_next(columns))
        keep(columns);
    result = jn_columns_end(columns);
    jn_file_release_reader(file, columns->database);
    return result;
}

/* Under readers_mutex: let nobody begin, and wait until nobody reads. False if time runs
 * out first. */
static bool wait_until_idle(struct jn_file *file, int64_t timeout_ms)
{
    int64_t until_us = jn_monotonic_us() + timeout_ms * 1000;
    bool in_time = true;

    file->readers_stopped = true;
    while (in_time && any_is_busy(file))
        in_time =
            jn_cond_wait_until(&file->readers_are_idle, &file->readers_mutex, until_us);
    return !any_is_busy(file);
}

void jn_file_hold_readers(struct jn_file *file, int64_t timeout_ms)
{
    jn_mutex_lock(&file->readers_mutex);
    wait_until_idle(file, timeout_ms);
    jn_mutex_unlock(&file->readers_mutex);
}

enum jangle_result
jn_file_stop_readers(struct jn_file *file, int64_t timeout_ms, struct jangle_error *error)
{
    bool in_time;

    jn_mutex_lock(&file->readers_mutex);
    in_time = wait_until_idle(file, timeout_ms);
    if (in_time)
        jn_file_close_readers(file);
    jn_mutex_unlock(&file->readers_mutex);
    if (in_time)
        return JANGLE_OK;
    jn_file_resume_readers(file);
    return jn_fail(error, JANGLE_BUSY,
                   "%s: recovery waits for readers of this program: try again",
                   file->path);
}

void jn_file_resume_readers(struct jn_file *file)
{
    jn_mutex_lock(&file->readers_mutex);
    file->readers_stopped = false;
    /* All of them are free, and whoever was told of one while they were stopped has gone
     * back to sleep. */
    jn_cond_broadcast(&file->reader_is_free);
    jn_mutex_unlock(&file->readers_mutex);
}
