/* fence.h - the fence makes what is visible durable, or makes it go away, before anybody
 * relies on it.
 *
 * What SQLite shows is not always durable. A process may die, or an fsync may fail, when
 * frames of a commit are in the WAL which this machine shows and the disk does not have;
 * a later commit behind such a hole would be lost with it. So after an unclean stop, or
 * an error in a commit, all of the WAL is written into the file by a WAL checkpoint,
 * synced and emptied before anything is appended to it. Then what is visible
 * is durable. */
#ifndef JN_FENCE_H
#define JN_FENCE_H

#include "sqlite/file/sqlite_file.h"

/* With the writer lock: pass the fence. Afterwards the sessions of processes that died
 * are deleted, this session is listed, and the epoch is one higher. */
enum jangle_result jn_file_fence(struct jn_file *file, struct jangle_error *error);

/* With the writer lock: open the connection that writes, and bring a new or older file up
 * to date. On failure the connection stays closed. */
enum jangle_result jn_file_open_writer(struct jn_file *file, struct jangle_error *error);

/* With the writer lock: list the session of this process in the file, or delete it. */
enum jangle_result jn_file_begin_session(struct jn_file *file,
                                         struct jangle_error *error);
void jn_file_end_session(struct jn_file *file);

/* Is a session that of this process, or of another one that lives? Needs no lock. */
bool jn_file_session_lives(struct jn_file *file, int64_t session);

/* With the writer lock: is a session listed whose process has died? */
enum jangle_result
jn_file_find_dead(struct jn_file *file, bool *found, struct jangle_error *error);

#endif
