/* moved.h - notice that a store's files were moved, removed or replaced while they were
 * open. That cannot be prevented: SQLite continues with the files that it has open, and
 * what it commits to them is lost when they are closed. So after each commit, before it
 * is answered, each name must still lead to the file that is open. If nothing has changed
 * in their folder since they were looked at (identity.h), they do. */
#ifndef JN_MOVED_H
#define JN_MOVED_H

#include "sqlite/file/sqlite_file.h"

/* With the writer lock, after the connection that writes was opened: note which files it
 * has open. When it is opened again, check that they are the same. */
enum jangle_result jn_file_note_group(struct jn_file *file, struct jangle_error *error);

/* STORAGE if another process has other files open under the same names. `lock` may be one
 * that was opened to look. */
enum jangle_result jn_file_meet_others(const struct jn_file *file,
                                       struct jn_lock *lock,
                                       struct jangle_error *error);

/* With the writer lock: the same; and if no other process has the store open, record for
 * later ones which files are open here. */
enum jangle_result jn_file_tell_others(struct jn_file *file, struct jangle_error *error);

/* With the writer lock: STORAGE if a name no longer leads to the file that is open; from
 * then on jn_file_refuse_lost returns it, too. */
enum jangle_result jn_file_check_group(struct jn_file *file, struct jangle_error *error);

/* With the writer lock, after a COMMIT: the same, but UNKNOWN, because the commit went to
 * the file that was moved. */
enum jangle_result jn_file_check_commit(struct jn_file *file, struct jangle_error *error);

/* Without the writer lock, when a further connection is opened: STORAGE if a name no
 * longer leads to the file that is open. Before the opening all names are checked, after
 * it the path of the store alone. */
enum jangle_result jn_file_check_open(const struct jn_file *file,
                                      struct jangle_error *error);
enum jangle_result jn_file_check_path(const struct jn_file *file,
                                      struct jangle_error *error);

/* STORAGE if a file was found to be lost before. */
enum jangle_result jn_file_refuse_lost(struct jn_file *file, struct jangle_error *error);

#endif
