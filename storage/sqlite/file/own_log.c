/* own_log.c - does the WAL beside a store's file belong to it, and is it there? */
#include "sqlite/file/own_log.h"
#include "sqlite/file/frozen.h"

#include "sqlite/file/log_file.h"
#include "sqlite/file/schema.h"

#include <errno.h>
#include <sys/stat.h>

/* ---- the file without its WAL -------------------------------------------------- */

enum { HEADER = 100 };

/* A store's file without its WAL, as it is on the disk. SQLite would show file and WAL as
 * one. */
struct alone {
    struct jn_database database;
    bool is_store;   /* it is a store's; if not, the members below are not set */
    bool is_current; /* it has the schema of this jangle */
    bool has_log;    /* it is in WAL mode */
    bool is_copy;    /* SQLite's backup made it, and nobody has opened it since */
    bool has_session;
    int64_t sessions; /* the page of the table of sessions */
};

/* SQLite reads a file that is called immutable without its WAL. The file is not read
 * without SQLite, because closing a descriptor of our own would drop SQLite's locks. */
static int connect_alone(struct alone *alone, const struct jn_file *file)
{
    int code = jn_frozen_open(file->full_path, file->vfs, &alone->database.handle);

    return code ? code
                : sqlite3_db_config(alone->database.handle,
                                    SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
}

static int read_alone(struct alone *alone, void *bytes, int size, int64_t offset)
{
    sqlite3_file *file = NULL;

    sqlite3_file_control(alone->database.handle, "main", SQLITE_FCNTL_FILE_POINTER,
                         &file);
    return file && file->pMethods ? file->pMethods->xRead(file, bytes, size, offset)
                                  : SQLITE_CANTOPEN;
}

/* https://www.sqlite.org/fileformat2.html describes the header. A copy by SQLite's backup
 * is one commit, so its change counter is 1. The counter of a store is at least 2,
 * because its first change is the switch to WAL mode. */
static int read_file_header(struct alone *alone)
{
    unsigned char header[HEADER];
    int code = read_alone(alone, header, sizeof header, 0);

    if (code)
        return code;
    alone->has_log = header[18] == 2;
    alone->is_copy = jn_big_at(header + 24) == 1;
    alone->is_store = jn_big_at(header + 68) == JN_APPLICATION_ID;
    return SQLITE_OK;
}

static int read_sessions(struct alone *alone)
{
    static const char sql[] =
        "SELECT rootpage, EXISTS (SELECT 1 FROM sessions) FROM sqlite_schema"
        " WHERE type = 'table' AND name = 'sessions'";
    sqlite3_stmt *statement;
    int code;

    if (jn_database_prepare(&alone->database, sql, &statement, NULL))
        return sqlite3_extended_errcode(alone->database.handle);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        alone->sessions = sqlite3_column_int64(statement, 0);
        alone->has_session = sqlite3_column_int(statement, 1);
        code = SQLITE_OK;
    }
    sqlite3_reset(statement);
    return code;
}

/* Does this code mean that the file alone shows nothing? Without its WAL it may be half a
 * database; SQLite reports real damage when it opens both. */
static bool says_nothing(int code)
{
    switch (code & 0xff) {
    case SQLITE_ERROR: /* there is no such table yet */
    case SQLITE_DONE:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
        return true;
    default:
        return code == SQLITE_IOERR_SHORT_READ;
    }
}

/* Read the file. No lock is taken, and the WAL is neither read nor made. Others may have
 * the file open, in this process too. Close it in any case. */
static enum jangle_result
open_alone(struct alone *alone, const struct jn_file *file, struct jangle_error *error)
{
    int code;

    *alone = (struct alone){.database = {.path = file->path, .mode = JN_MODE_READ}};
    code = connect_alone(alone, file);
    if (!code)
        code = read_file_header(alone);
    if (!code && alone->is_store)
        code = read_sessions(alone);
    alone->is_store = alone->is_store && !code;
    if (says_nothing(code))
        return JANGLE_OK;
    if (code || !alone->is_store)
        return jn_database_result(&alone->database, code, error);
    return jn_schema_is_current(&alone->database, &alone->is_current, error);
}

/* ---- whose WAL is it? -------------------------------------------------------- */

/* What playing the WAL would change in the file. A change to the page of the sessions
 * alone does not count, because a power cut in the last close may leave half of a WAL
 * that does no more than delete the last session. */
struct changes {
    bool any;
    bool has_session; /* a session is listed after the changes */
};

/* Has this page of a table any row?
 * https://www.sqlite.org/fileformat2.html#b_tree_pages */
static bool has_rows(const unsigned char *page)
{
    enum { LEAF = 13 };

    return page[0] != LEAF || page[3] || page[4];
}

static enum jangle_result compare_page(struct alone *alone,
                                       struct jn_log_file *log,
                                       size_t frame,
                                       unsigned char *stored,
                                       struct changes *changes,
                                       struct jangle_error *error)
{
    const unsigned char *page = jn_log_file_page(log, frame);
    int64_t number = log->pages[frame];
    int code;

    if (!page)
        return jn_fail(error, JANGLE_STORAGE, "%s-wal: cannot be read: %s",
                       jn_files_shown(alone->database.path),
                       log->failed ? strerror(log->failed) : "it has become shorter");
    code = read_alone(alone, stored, (int)log->page_size, (number - 1) * log->page_size);
    if (code && code != SQLITE_IOERR_SHORT_READ)
        return jn_database_result(&alone->database, code, error);
    if (number == alone->sessions)
        changes->has_session = has_rows(page);
    else if (code || memcmp(page, stored, log->page_size) != 0)
        changes->any = true;
    return JANGLE_OK;
}

/* Compare each page of the file with its newest frame, which is the first one found from
 * the end of the WAL. */
static enum jangle_result compare_pages(struct alone *alone,
                                        struct jn_log_file *log,
                                        const struct jangle_allocator *allocator,
                                        struct changes *changes,
                                        struct jangle_error *error)
{
    unsigned char *stored = jn_resize(allocator, NULL, log->page_size);
    bool *was_compared = jn_new(allocator, (size_t)log->page_count + 1);
    enum jangle_result result = JANGLE_OK;

    if (!stored || !was_compared)
        result =
            jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", alone->database.path);
    for (size_t frame = log->count; !result && frame-- > 0;) {
        uint32_t page = log->pages[frame];

        if (page == 0 || page > log->page_count || was_compared[page])
            continue;
        was_compared[page] = true;
        result = compare_page(alone, log, frame, stored, changes, error);
    }
    jn_free(allocator, stored);
    jn_free(allocator, was_compared);
    return result;
}

/* Refuse a WAL that changes a file in which no session is listed. The store's own WAL
 * never does: the last program to close deletes its session when all else is in the file;
 * killed before the WAL is emptied, it leaves one that changes nothing, or still lists
 * the session. A program that was killed just after it began is listed in the
 * WAL alone. */
static enum jangle_result check_wal_owner(const struct jn_file *file,
                                          struct alone *alone,
                                          struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &file->host->allocator;
    const char *path = file->group.paths[JN_MEMBER_LOG];
    struct changes changes = {0};
    struct jn_log_file log;
    enum jangle_result result = jn_log_file_open(&log, path, allocator, error);

    if (!result && log.count)
        result = compare_pages(alone, &log, allocator, &changes, error);
    jn_log_file_close(&log, allocator);
    if (result || !changes.any || changes.has_session)
        return result;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: is the WAL of another file than the one beside it, which "
                   "needs none: put back the file that it belongs to, or move the WAL "
                   "away",
                   jn_files_shown(path));
}

/* ---- is it there? ------------------------------------------------------------ */

/* The size of a file, or -1 if there is none. STORAGE if that cannot be known. */
static enum jangle_result
find_size(const char *path, int64_t *size, struct jangle_error *error)
{
    struct stat status;

    *size = -1;
    if (lstat(path, &status) == 0)
        *size = (int64_t)status.st_size;
    else if (errno != ENOENT)
        return jn_fail(error, JANGLE_STORAGE, "%s: %s", jn_files_shown(path),
                       strerror(errno));
    return JANGLE_OK;
}

static enum jangle_result check_wal_exists(const struct jn_file *file,
                                           struct jangle_error *error)
{
    const char *wal = file->group.paths[JN_MEMBER_LOG];
    int64_t size;
    enum jangle_result result = find_size(wal, &size, error);

    if (result || size >= 0)
        return result;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: is gone, and may hold what was stored last: put it back, or "
                   "restore a backup; or make an empty file of that name, to go on "
                   "without what it held",
                   jn_files_shown(wal));
}

/* The file is read first and the WAL is looked for afterwards, because a program that
 * makes a store makes its WAL before it lists its session in the file. */
static enum jangle_result check_wal(const struct jn_file *file,
                                    struct jangle_error *error)
{
    struct alone alone;
    int64_t size, wal_size;
    bool has_wal;
    enum jangle_result result = jn_group_check(file->full_path, &has_wal, error);

    if (!result)
        result = find_size(file->full_path, &size, error);
    if (!result && size > 0)
        result = find_size(file->group.paths[JN_MEMBER_LOG], &wal_size, error);
    if (result || size <= 0 || (wal_size >= 0 && !has_wal))
        return result;
    result = open_alone(&alone, file, error);
    if (!result && alone.is_store && alone.has_log) {
        if (!alone.has_session && alone.is_current)
            result = check_wal_owner(file, &alone, error);
        else if (alone.has_session && !alone.is_copy)
            result = check_wal_exists(file, error);
    }
    jn_database_close(&alone.database);
    return result;
}

/* This runs without the writer lock. So a refusal is checked a second time: between the
 * two looks another program may have opened the store, and that program knows
 * its files. */
enum jangle_result jn_file_check_log(const struct jn_file *file,
                                     struct jn_lock *lock,
                                     struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (jn_lock_has_session(lock))
        return JANGLE_OK;
    result = check_wal(file, error);
    if (result && !jn_lock_has_session(lock))
        result = check_wal(file, error);
    return result && jn_lock_has_session(lock) ? JANGLE_OK : result;
}
