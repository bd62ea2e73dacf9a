/* writer_lock.h - the writer lock: one thread of one process writes at a time. */
#ifndef JN_WRITER_LOCK_H
#define JN_WRITER_LOCK_H

#include "sqlite/file/sqlite_file.h"

/* Take the writer lock, and pass the fence if one is needed. BUSY if another has the lock
 * for too long, INVALID for a follower. */
enum jangle_result jn_file_take_writer_lock(struct jn_file *file,
                                            struct jangle_error *error);

/* Take it to end the session. If a fence is needed the result is BUSY, because the next
 * program passes it. INVALID for a follower. */
enum jangle_result jn_file_take_writer_lock_last(struct jn_file *file);

/* Release the writer lock, after a WAL checkpoint if one is due. */
void jn_file_release_writer_lock(struct jn_file *file);

/* Make sure that what can be read is durable: pass the fence if one is needed. BUSY if
 * that is not possible now. Called before answers that somebody acts on. */
enum jangle_result jn_file_settle(struct jn_file *file, struct jangle_error *error);

#endif
