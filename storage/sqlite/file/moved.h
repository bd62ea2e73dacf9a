/* moved.h - a store's files are moved, removed or replaced while they are open. Whoever
 * does that from outside is not stopped: SQLite goes on with the files that it has
 * open, and what is committed to them is nowhere once they are closed. So after each
 * commit, before it is answered, each name must still lead to the file that is open. */
#ifndef JN_MOVED_H
#define JN_MOVED_H

#include "sqlite/file/sqlite_file.h"

/* With the writer lock, after the connection that writes was opened: note which files it
 * has; at the second time, make sure that they are the same. */
enum jangle_result jn_file_note_group(struct jn_file *file, struct jangle_error *error);

/* Does another process have other files open under these names? STORAGE. `lock` may be
 * one that was opened to look. */
enum jangle_result jn_file_meet_others(const struct jn_file *file,
                                       struct jn_lock *lock,
                                       struct jangle_error *error);

/* With the writer lock: the same, and if there is nobody else, write down which files are
 * open here, for those who come later. */
enum jangle_result jn_file_tell_others(struct jn_file *file, struct jangle_error *error);

/* With the writer lock: do all names still lead to what is open? STORAGE, for ever. */
enum jangle_result jn_file_check_group(struct jn_file *file, struct jangle_error *error);

/* With the writer lock, after a COMMIT: the same, but UNKNOWN, for this commit went
 * there. */
enum jangle_result jn_file_check_commit(struct jn_file *file, struct jangle_error *error);

/* Without the writer lock, for those who open the store once more: before they do, do all
 * names still lead to what is known to be open? STORAGE if not. And afterwards, does the
 * store's path alone? */
enum jangle_result jn_file_check_open(const struct jn_file *file,
                                      struct jangle_error *error);
enum jangle_result jn_file_check_path(const struct jn_file *file,
                                      struct jangle_error *error);

/* STORAGE if one of these has ever failed. */
enum jangle_result jn_file_refuse_lost(struct jn_file *file, struct jangle_error *error);

#endif
