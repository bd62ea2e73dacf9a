/* group.c - the group of files that make up one database: their names, and what another
 * database has left beside it. */
#include "sqlite/file/group.h"
#include "sqlite/file/database.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- names ------------------------------------------------------------------- */

/* SQLite's own, in the order in which they are looked for; then jangle's. */
static const char *const endings_beside[] = {"-wal", "-shm", "-journal", "-lock",
                                             ".rebuild"};

enum { WAL = 0, JOURNAL = 2, SQLITE_ENDINGS = 3, ENDINGS = 5, RANDOM_DIGITS = 16 };

static bool ends_with(const char *path, const char *ending)
{
    size_t size = strlen(path);
    size_t end = strlen(ending);

    return size >= end && strcmp(path + size - end, ending) == 0;
}

/* The ending ".new-" with 16 digits, as jn_files_make_temporary makes it; NULL if there
 * is none. */
static const char *temporary_ending(const char *path)
{
    size_t length = strlen(".new-") + RANDOM_DIGITS;
    const char *end = strlen(path) >= length ? path + strlen(path) - length : "";

    if (strncmp(end, ".new-", strlen(".new-")) != 0)
        return NULL;
    for (const char *digit = end + strlen(".new-"); *digit; digit++)
        if (!isxdigit((unsigned char)*digit))
            return NULL;
    return end;
}

static const char *ending_of(const char *path)
{
    for (size_t at = 0; at < ENDINGS; at++)
        if (ends_with(path, endings_beside[at]))
            return endings_beside[at];
    return temporary_ending(path);
}

enum jangle_result jn_group_check_name(const char *path, struct jangle_error *error)
{
    const char *ending = ending_of(path);

    if (!ending)
        return JANGLE_OK;
    return jn_fail(
        error, JANGLE_INVALID,
        "%s: a name that ends in \"%s\" is that of a file which is kept beside "
        "another one: choose another name",
        jn_files_shown(path), ending);
}

/* ---- what is beside a file --------------------------------------------------- */

const char *jn_group_fault(const struct stat *status)
{
    if (S_ISLNK(status->st_mode))
        return "is a symbolic link: give the path that it leads to";
    if (S_ISDIR(status->st_mode))
        return "is a directory, not a file";
    if (!S_ISREG(status->st_mode))
        return "is no ordinary file";
    if (status->st_nlink > 1)
        return "has a second name (a hard link): its WAL and locks would go by one of "
               "them only";
    return NULL;
}

/* Would a rollback journal change its file? Not if the file was empty when the journal
 * was begun, as a kill while a store is made leaves it. The header is described at
 * https://www.sqlite.org/fileformat2.html: 8 bytes of magic, which are zero until it is
 * synced, and the size of the file at byte 16. */
static bool holds_pages(const char *path)
{
    static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9,
                                           0x20, 0xa1, 0x63, 0xd7};
    static const unsigned char nothing[8] = {0};
    unsigned char header[20] = {0};
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool was_read = file >= 0 && pread(file, header, sizeof header, 0) >= 0;

    if (file >= 0)
        close(file);
    return !was_read || memcmp(header + 16, nothing, 4) != 0 ||
           (memcmp(header, magic, 8) != 0 && memcmp(header, nothing, 8) != 0);
}

struct beside {
    char path[PATH_MAX];
    bool holds_something;
};

/* Look at the file that SQLite would keep beside `path` under one ending. */
static enum jangle_result look_beside(struct beside *beside,
                                      const char *path,
                                      size_t which,
                                      struct jangle_error *error)
{
    int length =
        snprintf(beside->path, sizeof beside->path, "%s%s", path, endings_beside[which]);
    struct stat status;
    const char *fault;

    beside->holds_something = false;
    if (length >= (int)sizeof beside->path)
        return jn_fail(error, JANGLE_INVALID, "%s: is too long a path",
                       jn_files_shown(path));
    if (lstat(beside->path, &status) != 0)
        return JANGLE_OK; /* if it is there and unreadable, SQLite says why */
    fault = jn_group_fault(&status);
    if (fault)
        return jn_fail(error, JANGLE_INVALID, "%s: %s", jn_files_shown(beside->path),
                       fault);
    beside->holds_something =
        status.st_size > 0 && (which != JOURNAL || holds_pages(beside->path));
    return JANGLE_OK;
}

/* Refuse what another file has left beside `path`: there is no file at `path`, or an
 * empty one. A program that makes a database makes its file first. So the file is looked
 * at last, and a database that is just being made is not refused. */
static enum jangle_result
check_main_file(const struct beside *beside, const char *path, struct jangle_error *error)
{
    struct stat status;
    bool is_there = lstat(path, &status) == 0;

    if (is_there && status.st_size > 0)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: was left by a file that is %s now: put that file back, or move "
                   "this one away, which is never deleted here",
                   jn_files_shown(beside->path), is_there ? "empty" : "gone");
}

enum jangle_result
jn_group_check(const char *path, bool *has_log, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t which = 0; !result && which < SQLITE_ENDINGS; which++) {
        struct beside beside;

        result = look_beside(&beside, path, which, error);
        if (!result && beside.holds_something)
            result = check_main_file(&beside, path, error);
        if (which == WAL)
            *has_log = !result && beside.holds_something;
    }
    return result;
}

enum jangle_result jn_group_refuse_log(const char *path, struct jangle_error *error)
{
    return jn_fail(error, JANGLE_INVALID,
                   "%s-wal: is the WAL of another file than the one beside it, which was "
                   "put there without one: move the WAL away, or it would be played into "
                   "that file",
                   jn_files_shown(path));
}

/* ---- which files are open ----------------------------------------------------- */

/* "a/b.db" is in "a/", "/b.db" in "/", and "b.db" in ".". */
static char *folder_of(const char *path, const struct jangle_allocator *allocator)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) + 1 : 1;
    char *folder = jn_new(allocator, size + 1);

    if (folder)
        memcpy(folder, slash ? path : ".", size);
    return folder;
}

enum jangle_result jn_group_init(struct jn_group *group,
                                 const char *path,
                                 const struct jangle_allocator *allocator)
{
    static const char *const endings[JN_MEMBER_COUNT] = {"", "-wal", "-shm", "-lock"};
    size_t size = strlen(path) + sizeof "-lock";

    *group = (struct jn_group){.folder_path = folder_of(path, allocator)};
    if (!group->folder_path)
        return JANGLE_NO_MEMORY;
    for (int at = 0; at < JN_MEMBER_COUNT; at++) {
        group->paths[at] = jn_resize(allocator, NULL, size);
        if (!group->paths[at])
            return JANGLE_NO_MEMORY;
        snprintf(group->paths[at], size, "%s%s", path, endings[at]);
    }
    return JANGLE_OK;
}

void jn_group_finish(struct jn_group *group, const struct jangle_allocator *allocator)
{
    jn_free(allocator, group->folder_path);
    for (int at = 0; at < JN_MEMBER_COUNT; at++)
        jn_free(allocator, group->paths[at]);
    *group = (struct jn_group){.folder_path = NULL};
}

const char *jn_group_note(struct jn_group *group, int count)
{
    group->folder = (struct jn_folder){.seconds = 0};
    for (int at = 0; at < count; at++)
        if (!jn_identity_find(group->paths[at], &group->members[at]))
            return group->paths[at];
    return NULL;
}

const char *jn_group_find_lost(const struct jn_group *group, int count)
{
    for (int at = 0; at < count; at++) {
        struct jn_identity found;

        if (!jn_identity_find(group->paths[at], &found) ||
            !jn_identity_is(&found, &group->members[at]))
            return group->paths[at];
    }
    return NULL;
}

/* The folder is looked at before its names, so that a change between the two is seen by
 * one of them. */
const char *jn_group_find_lost_again(struct jn_group *group)
{
    const char *lost;
    int64_t begun_us;

    if (jn_folder_is_same(&group->folder, group->folder_path))
        return NULL;
    begun_us = jn_monotonic_us();
    lost = jn_group_find_lost(group, JN_MEMBER_COUNT);
    jn_folder_looked_at(&group->folder, begun_us, !lost);
    return lost;
}

/* ---- temporary files --------------------------------------------------------- */

void jn_group_unlink(const char *path)
{
    char name[PATH_MAX];

    unlink(path);
    for (size_t which = 0; which < SQLITE_ENDINGS; which++)
        if (snprintf(name, sizeof name, "%s%s", path, endings_beside[which]) <
            (int)sizeof name)
            unlink(name);
}

const char *jn_files_shown(const char *path)
{
    enum { SHOWN_MAX = 100 };
    size_t size = strlen(path);

    if (size <= SHOWN_MAX)
        return path;
    path += size - SHOWN_MAX;
    while ((*path & 0xc0) == 0x80) /* do not begin inside a character of UTF-8 */
        path++;
    return path;
}
