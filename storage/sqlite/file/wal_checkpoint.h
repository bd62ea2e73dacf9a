/* wal_checkpoint.h - the log is folded into the file, by who has the writer lock, and
 * does not grow without end. SQLite begins its log anew when all of it is folded in and
 * nobody reads from it any more. Readers that overlap are never that far, one after the
 * other: so at some length those of this process wait for a moment, until the log is
 * empty. */
#ifndef JN_CHECKPOINT_H
#define JN_CHECKPOINT_H

#include "sqlite/file/sqlite_file.h"

/* The connection that writes was opened, or the log was emptied. */
void jn_file_begin_log(struct jn_file *file);

/* With the writer lock: fold the log into the file as far as no reader is in the way;
 * empty it if it has grown long. */
void jn_file_wal_checkpoint(struct jn_file *file);

/* With the writer lock: fold in all of it, and empty it; BUSY if readers are in the way
 * for so long. */
enum jangle_result
jn_file_empty_log(struct jn_file *file, int64_t timeout_ms, struct jangle_error *error);

#endif
