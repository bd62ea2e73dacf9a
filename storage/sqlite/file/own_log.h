/* own_log.h - does the log beside a store's file belong to it, and is it there?
 *
 * As long as the log may hold what was acknowledged, a session is listed in the file
 * alone, without its log (fence.c sees to that). So a log that changes a file in which
 * none is listed was left by another file; and a file in which one is listed had a log.
 */
#ifndef JN_OWN_LOG_H
#define JN_OWN_LOG_H

#include "sqlite/file/sqlite_file.h"

/* Before SQLite looks. INVALID if the log is another file's, or is gone; nothing is
 * touched. What another program has open is the right one. `lock` may be one to look. */
enum jangle_result jn_file_check_log(const struct jn_file *file,
                                     struct jn_lock *lock,
                                     struct jangle_error *error);

#endif
