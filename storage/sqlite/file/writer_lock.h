/* writer_lock.h - who may write: one thread of one process at a time. */
#ifndef JN_WRITER_LOCK_H
#define JN_WRITER_LOCK_H

#include "sqlite/file/sqlite_file.h"

/* Take the writer lock, behind the fence if there must be one. BUSY if
 * another has it for too long, INVALID for a follower. */
enum jangle_result jn_file_take_writer_lock(struct jn_file *file,
                                            struct jangle_error *error);

/* Take it as jn_file_take_writer_lock does, for those who leave: BUSY rather than wait
 * for a fence, which is left to whoever comes next. INVALID for a follower. */
enum jangle_result jn_file_take_writer_lock_last(struct jn_file *file);

/* Give it back; a checkpoint is made first if one is due. */
void jn_file_release_writer_lock(struct jn_file *file);

/* What is stored is what will be: passes the fence if there is one, BUSY if not. For
 * answers that others go by. */
enum jangle_result jn_file_settle(struct jn_file *file, struct jangle_error *error);

#endif
