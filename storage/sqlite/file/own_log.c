/* own_log.c - does the log beside a store's file belong to it, and is it there? */
#include "sqlite/file/own_log.h"

#include "sqlite/file/alone.h"
#include "sqlite/file/log_file.h"

#include <sys/stat.h>

/* ---- the log ------------------------------------------------------------------- */

/* What the log would make of the file. The page of the sessions itself is no such change:
 * a power cut in the last close may leave half of it, with none listed. */
struct changes {
    bool any;
    bool has_session; /* a session is listed then */
};

/* A page of a table: https://www.sqlite.org/fileformat2.html#b_tree_pages. */
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

/* Each page as the last commit left it: from the end, and the first that is met. */
static enum jangle_result compare(struct jn_alone *alone,
                                  struct jn_log_file *log,
                                  const struct jangle_allocator *allocator,
                                  struct changes *changes,
                                  struct jangle_error *error)
{
    unsigned char *stored = jn_resize(allocator, NULL, log->page_size);
    bool *was_met = jn_new(allocator, (size_t)log->page_count + 1);
    enum jangle_result result = JANGLE_OK;

    if (!stored || !was_met)
        result =
            jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", alone->database.path);
    for (size_t frame = log->count; !result && frame-- > 0;) {
        uint32_t page = log->pages[frame];

        if (page == 0 || page > log->page_count || was_met[page])
            continue;
        was_met[page] = true;
        result = compare_page(alone, log, frame, stored, changes, error);
    }
    jn_free(allocator, stored);
    jn_free(allocator, was_met);
    return result;
}

/* The last to close takes its session out when all else is in the file, and may be killed
 * before the log is emptied: then the log changes nothing, or lists it still. One that
 * began, and was killed at once, is listed by the log alone. */
static enum jangle_result check_whose(const struct jn_file *file,
                                      struct jn_alone *alone,
                                      struct jangle_error *error)
{
    const struct jangle_allocator *allocator = &file->host->allocator;
    const char *path = file->group.paths[JN_MEMBER_LOG];
    struct changes changes = {0};
    struct jn_log_file log;
    enum jangle_result result = jn_log_file_open(&log, path, allocator, error);

    if (!result && log.count)
        result = compare(alone, &log, allocator, &changes, error);
    jn_log_file_close(&log, allocator);
    if (result || !changes.any || changes.has_session)
        return result;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: is the log of another file than the one beside it, which "
                   "needs none: put back the file that it belongs to, or move the log "
                   "away",
                   jn_files_shown(path));
}

static enum jangle_result refuse_without(const struct jn_file *file,
                                         struct jangle_error *error)
{
    return jn_fail(error, JANGLE_INVALID,
                   "%s: is gone, and may hold what was stored last: put it back, or "
                   "restore a backup; or make an empty file of that name, to go on "
                   "without what it held",
                   jn_files_shown(file->group.paths[JN_MEMBER_LOG]));
}

static bool is_there(const char *path, struct stat *status)
{
    return lstat(path, status) == 0;
}

/* Whoever makes a file makes its log before it lists a session there: so the file is
 * looked at first, and then whether there is a log. */
static enum jangle_result look(const struct jn_file *file, struct jangle_error *error)
{
    const char *log = file->group.paths[JN_MEMBER_LOG];
    struct stat status;
    struct jn_alone alone;
    bool holds_something;
    enum jangle_result result = jn_group_check(file->full_path, &holds_something, error);

    if (result || !is_there(file->full_path, &status) || status.st_size == 0)
        return result;
    if (!holds_something && is_there(log, &status))
        return JANGLE_OK;
    result = jn_alone_open(&alone, file, error);
    if (!result && alone.is_store && alone.has_log) {
        if (!alone.has_session && alone.is_current)
            result = check_whose(file, &alone, error);
        else if (alone.has_session && !alone.is_copy && !is_there(log, &status))
            result = refuse_without(file, error);
    }
    jn_alone_close(&alone);
    return result;
}

/* Without the writer lock: so what is found is looked at again, for another program may
 * have begun between two looks, and knows its files. */
enum jangle_result jn_file_check_log(const struct jn_file *file,
                                     struct jn_lock *lock,
                                     struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (jn_lock_has_session(lock))
        return JANGLE_OK;
    result = look(file, error);
    if (result && !jn_lock_has_session(lock))
        result = look(file, error);
    return result && jn_lock_has_session(lock) ? JANGLE_OK : result;
}
