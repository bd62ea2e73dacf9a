/* group.h - the group of files that one database is.
 *
 * SQLite keeps a database in FILE, FILE-wal, FILE-shm and FILE-journal; jangle adds
 * FILE-lock, FILE.rebuild and FILE.new-0123456789abcdef. Nothing ties them together but
 * their names: SQLite plays a log into whatever file it lies beside, and deletes the log
 * of an empty one. So whoever names, makes, publishes, opens or copies a database asks
 * here about all of its files. */
#ifndef JN_GROUP_H
#define JN_GROUP_H

#include <jangle/plugin/support.h>

/* INVALID if a database of that name would be taken for a file of another one. */
enum jangle_result jn_group_check_name(const char *path, struct jangle_error *error);

/* What is wrong with a file of a group, for a sentence that begins with its name: it is
 * a link, a directory... NULL: it is an ordinary file with one name. */
struct stat;
const char *jn_group_fault(const struct stat *status);

/* Does everything that SQLite keeps beside `path` belong to the file there? INVALID names
 * what another file has left beside a file that is not there, or is empty; or what is no
 * ordinary file. `*has_log`: there is a write-ahead log that holds something. */
enum jangle_result
jn_group_check(const char *path, bool *has_log, struct jangle_error *error);

/* The refusal of a log that another file has left. */
enum jangle_result jn_group_refuse_log(const char *path, struct jangle_error *error);

/* ---- which files are open ----------------------------------------------------- */

/* In this order: who only reads looks at the first, a view has no lock file. */
enum jn_member {
    JN_MEMBER_FILE,
    JN_MEMBER_LOG,
    JN_MEMBER_INDEX,
    JN_MEMBER_LOCK,
    JN_MEMBER_COUNT
};

/* A file, whatever it is called. Zeroed: none. */
struct jn_identity {
    uint64_t device;
    uint64_t file;
};

struct jn_group {
    char *paths[JN_MEMBER_COUNT];
    struct jn_identity members[JN_MEMBER_COUNT];
};

/* None is noted yet. NO_MEMORY without a sentence; finish it in any case. */
enum jangle_result jn_group_init(struct jn_group *group,
                                 const char *path,
                                 const struct jangle_allocator *allocator);
void jn_group_finish(struct jn_group *group, const struct jangle_allocator *allocator);

/* Note which files the names of the first `count` members lead to: just after they were
 * opened, for SQLite does not say what it has open. NULL, or the path that leads
 * nowhere. */
const char *jn_group_note(struct jn_group *group, int count);

/* Do the names still lead there? NULL, or the first path that does not, of the first
 * `count` members. Costs a stat each. */
const char *jn_group_find_lost(const struct jn_group *group, int count);

/* ---- temporary files --------------------------------------------------------- */

/* Remove a temporary file, with all that SQLite may have left beside it. */
void jn_group_unlink(const char *path);

/* What is said of a path in sentences: all of it, or its end if it is so long that the
 * reason would have no room. */
const char *jn_files_shown(const char *path);

#endif
