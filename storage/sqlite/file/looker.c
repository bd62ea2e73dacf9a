/* looker.c - open a store's file to look at it: as it is, an older or damaged one, too.
 */
#include "sqlite/file/looker.h"

#include "sqlite/file/files.h"
#include "sqlite/file/moved.h"
#include "sqlite/file/own_log.h"
#include "sqlite/file/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static enum jangle_result check_exists(const struct jn_file *file,
                                       struct jangle_error *error)
{
    struct stat status;

    if (lstat(file->full_path, &status) == 0 && status.st_size > 0)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_NOT_FOUND, "%s: there is no store", file->path);
}

/* SQLite ignores the log of a frozen file, so that what it holds would not be seen. */
static enum jangle_result check_no_log(const struct jn_file *file,
                                       struct jangle_error *error)
{
    bool has_log = false;
    enum jangle_result result = jn_group_check(file->full_path, &has_log, error);

    if (result || !has_log)
        return result;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: its log (-wal) is not empty, and a frozen store is read without "
                   "it: look at it without frozen, or open it once with its program, "
                   "which empties the log when it closes",
                   file->path);
}

/* ---- may this user read it? -------------------------------------------------- */

static bool is_allowed(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0;
}

static bool is_there(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

static bool may_make_files(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (!slash || (size_t)(slash - path) >= sizeof folder)
        return true; /* SQLite will say what is wrong */
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    return is_allowed(slash == path ? "/" : folder, W_OK | X_OK);
}

/* SQLite needs its index of the log (-shm) to read, and makes it if nobody has the store
 * open. Its own words for a user who may not are of no help. */
static enum jangle_result check_rights(const struct jn_file *file,
                                       struct jangle_error *error)
{
    const char *const *paths = (const char *const *)file->group.paths;

    if (!is_allowed(file->full_path, R_OK) && errno == EACCES)
        return jn_fail(error, JANGLE_STORAGE,
                       "%s: this user may not read it: look at its owner and mode, and "
                       "those of its folder",
                       file->path);
    if ((is_there(paths[JN_MEMBER_LOG]) && is_there(paths[JN_MEMBER_INDEX])) ||
        may_make_files(file->full_path))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_STORAGE,
                   "%s: nobody has it open, so that SQLite must make -shm and -wal "
                   "beside it to read it, and this user may not write in that folder: "
                   "look as the user who owns it, or look at it frozen if nobody writes "
                   "to it",
                   file->path);
}

/* ---- opening ----------------------------------------------------------------- */

static enum jangle_result check_others(struct jn_file *file, struct jangle_error *error)
{
    enum jangle_result result = jn_lock_open(&file->lock, &file->group, false, error);

    if (!result && file->lock.file != JN_LOCK_NONE)
        result = jn_file_meet_others(file, &file->lock, error);
    if (!result)
        result = jn_file_check_log(file, &file->lock, error);
    return result;
}

static enum jangle_result check_store(const struct jn_file *file,
                                      struct jangle_error *error)
{
    struct jn_database database = {0};
    enum jangle_result result =
        jn_database_open(&database, file->full_path, file->vfs,
                         file->use == JN_FILE_FROZEN ? JN_MODE_FROZEN : JN_MODE_READ,
                         file->options.writer_timeout_ms, error);

    if (result)
        return result;
    database.path = file->path;
    result = jn_schema_check(&database, error);
    jn_database_close(&database);
    return result;
}

enum jangle_result jn_looker_open(struct jn_file *file, struct jangle_error *error)
{
    enum jangle_result result = check_exists(file, error);

    if (!result && file->use == JN_FILE_FROZEN)
        result = check_no_log(file, error);
    else if (!result)
        result = check_rights(file, error);
    if (!result && file->use != JN_FILE_FROZEN)
        result = check_others(file, error);
    if (!result)
        result = check_store(file, error);
    if (!result && jn_group_note(&file->group, 1))
        result = jn_file_check_path(file, error);
    return result;
}

enum jangle_result jn_looker_believe(struct jn_file *file,
                                     enum jangle_result result,
                                     struct jangle_error *error)
{
    if (!result)
        return JANGLE_OK;
    if (result == JANGLE_NO_MEMORY || result == JANGLE_BUSY)
        return jn_fail(error, result, "%s", file->identity_fault.message);
    file->identity = (struct jn_store_identity){.first_position = 1};
    return JANGLE_OK;
}
