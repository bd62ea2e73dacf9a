/* wal_checkpoint.h - WAL checkpoints, made by the thread that has the writer lock, so
 * that the WAL does not grow without end.
 *
 * A WAL checkpoint writes the WAL into the file. SQLite begins the WAL again at its start
 * when all of it is in the file and nobody reads from it any more. While one reader
 * follows the other that never happens. So at some length the readers of this process are
 * made to wait for a moment, until the WAL is empty. */
#ifndef JN_WAL_CHECKPOINT_H
#define JN_WAL_CHECKPOINT_H

#include "sqlite/file/sqlite_file.h"

/* Begin to count frames: the connection that writes was opened, or the WAL
 * was emptied. */
void jn_file_begin_log(struct jn_file *file);

/* With the writer lock: make a WAL checkpoint, as far as no reader is in the way, and
 * empty the WAL if it has grown long. */
void jn_file_wal_checkpoint(struct jn_file *file);

/* With the writer lock: write all of the WAL into the file, and empty it. BUSY if readers
 * are in the way for `timeout_ms`. */
enum jangle_result
jn_file_empty_log(struct jn_file *file, int64_t timeout_ms, struct jangle_error *error);

#endif
