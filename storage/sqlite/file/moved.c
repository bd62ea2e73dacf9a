/* moved.c - notice that a store's files were moved, removed or replaced while they were
 * open. moved.h says why. */
#include "sqlite/file/moved.h"

#include "sqlite/file/files.h"
#include "sqlite/file/group.h"

static enum jangle_result refuse_moved(struct jn_file *file, struct jangle_error *error)
{
    return jn_fail(
        error, JANGLE_STORAGE,
        "%s: was moved, removed or replaced while it was open, so nothing more "
        "is stored here: put it back, or restore a backup, and start again",
        jn_files_shown(atomic_load(&file->lost)));
}

/* Remember for good that `path` is lost, if it is not NULL. */
static enum jangle_result
set_lost(struct jn_file *file, const char *path, struct jangle_error *error)
{
    if (!path)
        return JANGLE_OK;
    atomic_store(&file->lost, path);
    return refuse_moved(file, error);
}

enum jangle_result jn_file_refuse_lost(struct jn_file *file, struct jangle_error *error)
{
    return atomic_load(&file->lost) ? refuse_moved(file, error) : JANGLE_OK;
}

enum jangle_result jn_file_check_group(struct jn_file *file, struct jangle_error *error)
{
    return set_lost(file, jn_group_find_lost_again(&file->group), error);
}

static enum jangle_result
check_first(const struct jn_file *file, int count, struct jangle_error *error)
{
    const char *path = jn_group_find_lost(&file->group, count);

    if (!path)
        return JANGLE_OK;
    return jn_fail(
        error, JANGLE_STORAGE,
        "%s: was moved, removed or replaced while it was open: put it back, or "
        "restore a backup, and start again",
        jn_files_shown(path));
}

enum jangle_result jn_file_check_path(const struct jn_file *file,
                                      struct jangle_error *error)
{
    return check_first(file, 1, error);
}

enum jangle_result jn_file_check_open(const struct jn_file *file,
                                      struct jangle_error *error)
{
    return check_first(file, file->follower ? 1 : JN_MEMBER_COUNT, error);
}

enum jangle_result jn_file_check_commit(struct jn_file *file, struct jangle_error *error)
{
    if (!jn_file_check_group(file, NULL))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_UNKNOWN,
                   "%s: was moved, removed or replaced while it was open, and the commit "
                   "went to the file that is gone: put it back, and start again",
                   jn_files_shown(atomic_load(&file->lost)));
}

/* ---- which files are open ----------------------------------------------------- */

/* Has SQLite another file open than the one that its name leads to? */
static bool has_moved(struct jn_database *database)
{
    int moved = 0;

    return !sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_HAS_MOVED,
                                 &moved) &&
           moved;
}

enum jangle_result jn_file_note_group(struct jn_file *file, struct jangle_error *error)
{
    struct jn_group *group = &file->group;
    bool is_first = !group->members[JN_MEMBER_FILE].file;
    const char *path = is_first ? jn_group_note(group, JN_MEMBER_COUNT)
                                : jn_group_find_lost(group, JN_MEMBER_COUNT);

    if (!path && has_moved(&file->writer))
        path = group->paths[JN_MEMBER_FILE];
    return set_lost(file, path, error);
}

/* ---- another process --------------------------------------------------------- */

/* The first process that opens a store writes into the lock file which files it has open.
 * Otherwise a later process could get other files under the same names: a second WAL, or
 * the first one's WAL beside another file. */
enum { RECORDED = JN_MEMBER_LOCK };

enum jangle_result jn_file_meet_others(const struct jn_file *file,
                                       struct jn_lock *lock,
                                       struct jangle_error *error)
{
    struct jn_group theirs = file->group;
    const char *path;

    if (!jn_lock_has_session(lock) ||
        !jn_lock_read_record(lock, theirs.members, RECORDED * sizeof *theirs.members) ||
        !theirs.members[JN_MEMBER_FILE].file)
        return JANGLE_OK;
    path = jn_group_find_lost(&theirs, RECORDED);
    if (!path)
        return JANGLE_OK;
    return jn_fail(
        error, JANGLE_STORAGE,
        "%s: was moved, removed or replaced while another program has it open: "
        "stop that program, and put the file back or restore a backup",
        jn_files_shown(path));
}

enum jangle_result jn_file_tell_others(struct jn_file *file, struct jangle_error *error)
{
    enum jangle_result result = jn_file_meet_others(file, &file->lock, error);

    if (result || jn_lock_has_session(&file->lock))
        return result;
    return jn_lock_write_record(&file->lock, file->group.members,
                                RECORDED * sizeof *file->group.members, error);
}
