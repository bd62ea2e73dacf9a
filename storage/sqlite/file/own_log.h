/* own_log.h - before a store is opened: is its WAL missing, or was the WAL left by
 * another file?
 *
 * As long as the WAL may hold acknowledged commits, the main file alone, read without its
 * WAL, lists a session (fence.c sees to that). So if the file lists none and the WAL
 * would change it, the WAL is another file's; and if the file lists a session, it had a
 * WAL. */
#ifndef JN_OWN_LOG_H
#define JN_OWN_LOG_H

#include "sqlite/file/sqlite_file.h"

/* Called before SQLite opens the file. INVALID if the WAL is another file's, or is gone;
 * STORAGE if that cannot be known. Nothing is changed. If another program has the store
 * open, nothing is checked, because that program knows its files. `lock` may be one
 * that was opened to look. */
enum jangle_result jn_file_check_log(const struct jn_file *file,
                                     struct jn_lock *lock,
                                     struct jangle_error *error);

#endif
