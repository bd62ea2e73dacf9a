/* own_log.c - does the WAL beside a store's file belong to it, and is it there? */
#include "sqlite/file/own_log.h"

#include "sqlite/file/alone.h"
#include "sqlite/file/log_file.h"

#include <errno.h>
#include <sys/stat.h>

/* ---- whose WAL is it? -------------------------------------------------------- */

/* What playing the WAL would change in the file. A change to the page of the sessions
 * alone does not count, because a power cut in the last close may leave half of a WAL
 * that does no more than delete the last session. */
struct changes {
    bool any;
    bool has_session; /* a session is listed after the changes */
};

/* Has this page of a table any row? https://www.sqlite.org/fileformat2.html#b_tree_pages
 */
static bool has_rows(const unsigned char *page)
{
    enum { LEAF = 13 };

    return page[0] != LEAF || page[3] || page[4];
}

static enum jangle_result compare_page(struct jn_alone *alone,
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
    code = jn_alone_read_at(alone, stored, (int)log->page_size,
                            (number - 1) * log->page_size);
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
static enum jangle_result compare_pages(struct jn_alone *alone,
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
 * the session. A program that was killed just after it began is listed in the WAL alone.
 */
static enum jangle_result check_wal_owner(const struct jn_file *file,
                                          struct jn_alone *alone,
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
    struct jn_alone alone;
    int64_t size, wal_size;
    bool has_wal;
    enum jangle_result result = jn_group_check(file->full_path, &has_wal, error);

    if (!result)
        result = find_size(file->full_path, &size, error);
    if (!result && size > 0)
        result = find_size(file->group.paths[JN_MEMBER_LOG], &wal_size, error);
    if (result || size <= 0 || (wal_size >= 0 && !has_wal))
        return result;
    result = jn_alone_open(&alone, file, error);
    if (!result && alone.is_store && alone.has_log) {
        if (!alone.has_session && alone.is_current)
            result = check_wal_owner(file, &alone, error);
        else if (alone.has_session && !alone.is_copy)
            result = check_wal_exists(file, error);
    }
    jn_alone_close(&alone);
    return result;
}

/* This runs without the writer lock. So a refusal is checked a second time: between the
 * two looks another program may have opened the store, and that program knows its files.
 */
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
