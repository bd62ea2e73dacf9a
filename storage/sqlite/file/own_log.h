/* own_log.h - does the WAL beside a store's file belong to it, and is it there?
 *
 * As long as the WAL may hold acknowledged commits, a session is listed in the file
 * itself, also when it is read without its WAL (fence.c sees to that). So a WAL that
 * changes a file in which no session is listed was left by another file; and a file in
 * which a session is listed had a WAL. */
#ifndef JN_OWN_LOG_H
#define JN_OWN_LOG_H

#include "sqlite/file/sqlite_file.h"

/* Called before SQLite opens the file. INVALID if the WAL is another file's, or is gone;
 * STORAGE if that cannot be known. Nothing is changed. If another program has the store
 * open, its WAL is the right one. `lock` may be one that was opened to look. */
enum jangle_result jn_file_check_log(const struct jn_file *file,
                                     struct jn_lock *lock,
                                     struct jangle_error *error);

#endif
