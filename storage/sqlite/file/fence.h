/* fence.h - what is visible is not always durable: the fence makes it so, or makes it
 * go away, before anybody goes by it. A process may die, or an fsync fail, with frames
 * of a commit in the log that this machine shows and the disk does not have; a later
 * commit behind such a hole would be lost with it. So after an unclean stop or an error
 * in a commit the whole log is folded into the file, synced and emptied before anything
 * is appended to it. */
#ifndef JN_FENCE_H
#define JN_FENCE_H

#include "sqlite/file/sqlite_file.h"

/* With the writer lock: what was written and what is visible become one and the same, and
 * durable; those who died are forgotten, this session is written down. */
enum jangle_result jn_file_fence(struct jn_file *file, struct jangle_error *error);

/* With the writer lock: open the connection that writes; a new or older file is brought
 * up to date. On failure it stays closed. */
enum jangle_result jn_file_open_writer(struct jn_file *file, struct jangle_error *error);

/* With the writer lock: write down that this process has the file open, or has it no
 * more. */
enum jangle_result jn_file_begin_session(struct jn_file *file,
                                         struct jangle_error *error);
void jn_file_end_session(struct jn_file *file);

/* With the writer lock: has a session died? */
enum jangle_result
jn_file_find_dead(struct jn_file *file, bool *found, struct jangle_error *error);

#endif
