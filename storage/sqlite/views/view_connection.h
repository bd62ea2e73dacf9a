/* view_connection.h - a view's connections, and whose turn it is to have one. */
#ifndef JN_VIEW_CONNECTION_H
#define JN_VIEW_CONNECTION_H

#include "sqlite/views/view_file.h"

/* `view->file` is set. */
enum jangle_result
jn_view_connect(struct jangle_view *view, enum jn_mode mode, struct jangle_error *error);
void jn_view_disconnect(struct jangle_view *view);

/* Wait for the writer; give it back when done. BUSY when it is not there in time, and at
 * once when this thread has it, or keeps the one waiting who has it. */
enum jangle_result jn_view_take_writer(struct jn_view_file *file,
                                       struct jangle_error *error);

/* Take a reader that is free, or a new one; give it back when done. If there are as many
 * as the file keeps, who `may_wait` waits, and gets TIMEOUT when none is there in time;
 * all others get one more. A view in memory has one
 * connection, so its writer is its only reader. */
enum jangle_result jn_view_take_reader(struct jn_view_file *file,
                                       bool may_wait,
                                       int64_t timeout_ms,
                                       struct jangle_view **view,
                                       struct jangle_error *error);
void jn_view_give(struct jangle_view *view);

/* Disconnect all readers, which nobody has. */
void jn_view_drop_readers(struct jn_view_file *file);

/* Roll back what is open on it, whatever it is; without memory, when it is taken next. */
void jn_view_undo(struct jangle_view *view);

/* Move what the log holds into the file, if it is much, or in any case: on the writer,
 * outside a transaction. */
void jn_view_wal_checkpoint(struct jangle_view *view, bool in_any_case);

/* On the host's monotonic clock. */
int64_t jn_view_now_us(const struct jn_view_file *file);

#endif
