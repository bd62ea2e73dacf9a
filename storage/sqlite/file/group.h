/* group.h - the group of files that make up one database.
 *
 * SQLite keeps a database in FILE, FILE-wal, FILE-shm and FILE-journal; jangle adds
 * FILE-lock, FILE.rebuild and FILE.new-0123456789abcdef. Only their names tie them
 * together: SQLite plays a WAL into whatever file is beside it, and deletes the WAL of an
 * empty file. So all of them are checked here before a database is named, made,
 * published, opened or copied. */
#ifndef JN_GROUP_H
#define JN_GROUP_H

#include "sqlite/file/identity.h"

#include <jangle/plugin/support.h>

/* INVALID if `path` has the ending of a file that is kept beside a database. */
enum jangle_result jn_group_check_name(const char *path, struct jangle_error *error);

/* What is wrong with a file of a group, as the end of a sentence that begins with its
 * name: "is a directory, not a file". NULL if it is an ordinary file with one name. */
struct stat;
const char *jn_group_fault(const struct stat *status);

/* Check that the files beside `path` belong to the file there. INVALID names one that was
 * left beside a file that is gone or empty, or one that is no ordinary file. `*has_log`
 * says that there is a WAL which is not empty. */
enum jangle_result
jn_group_check(const char *path, bool *has_log, struct jangle_error *error);

/* INVALID, with a sentence about a WAL that another file has left. */
enum jangle_result jn_group_refuse_log(const char *path, struct jangle_error *error);

/* ---- which files are open ----------------------------------------------------- */

/* The order matters: a follower looks at the first one alone, and a view has no lock
 * file, which is the last. */
enum jn_member {
    JN_MEMBER_FILE,
    JN_MEMBER_LOG,
    JN_MEMBER_INDEX,
    JN_MEMBER_LOCK,
    JN_MEMBER_COUNT
};

struct jn_group {
    char *paths[JN_MEMBER_COUNT];
    struct jn_identity members[JN_MEMBER_COUNT];
    char *folder_path; /* all of them are in there */
    struct jn_folder folder;
};

/* Make the paths; no file is noted yet. NO_MEMORY without a sentence; finish it in any
 * case. */
enum jangle_result jn_group_init(struct jn_group *group,
                                 const char *path,
                                 const struct jangle_allocator *allocator);
void jn_group_finish(struct jn_group *group, const struct jangle_allocator *allocator);

/* Note which files the names of the first `count` members lead to. Called just after they
 * were opened, because SQLite does not say which files it has open. Returns NULL, or the
 * path that leads to no file. */
const char *jn_group_note(struct jn_group *group, int count);

/* Do the names of the first `count` members still lead to the noted files? Returns NULL,
 * or the first path that does not. It costs one stat for each. */
const char *jn_group_find_lost(const struct jn_group *group, int count);

/* The same for all members, by one thread at a time. It costs one stat for all of them
 * while nothing in their folder changes. */
const char *jn_group_find_lost_again(struct jn_group *group);

/* ---- temporary files --------------------------------------------------------- */

/* Remove a temporary file, and what SQLite may have left beside it. */
void jn_group_unlink(const char *path);

/* A path as sentences show it: all of it, or only its end if it is so long that the
 * reason would have no room. */
const char *jn_files_shown(const char *path);

#endif
