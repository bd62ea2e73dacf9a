/* view_connection.h - open a view's connections, and give each to one thread at
 * a time. */
#ifndef JN_VIEW_CONNECTION_H
#define JN_VIEW_CONNECTION_H

#include "sqlite/views/view_file.h"

/* Open and close a connection. The caller has set `view->file`. */
enum jangle_result
jn_view_connect(struct jangle_view *view, enum jn_mode mode, struct jangle_error *error);
void jn_view_disconnect(struct jangle_view *view);

/* Take the writer; jn_view_give gives it back. BUSY if it is not free in time, and at
 * once if this thread would wait for itself. */
enum jangle_result jn_view_take_writer(struct jn_view_file *file,
                                       struct jangle_error *error);

/* Take a free reader, or a new one; jn_view_give gives it back. If the file has as many
 * as it may keep, a caller that `may_wait` waits, and gets TIMEOUT if none is free in
 * time; all others get one more. A view in memory has one connection, which is its
 * writer. */
enum jangle_result jn_view_take_reader(struct jn_view_file *file,
                                       bool may_wait,
                                       int64_t timeout_ms,
                                       struct jangle_view **view,
                                       struct jangle_error *error);
void jn_view_give(struct jangle_view *view);

/* Close all readers. None of them may be taken. */
void jn_view_drop_readers(struct jn_view_file *file);

/* Roll back an open transaction, if there is one. Without memory it is rolled back when
 * the connection is taken next. */
void jn_view_undo(struct jangle_view *view);

/* On the writer, outside a transaction: make a WAL checkpoint if the WAL is long, or in
 * any case. */
void jn_view_wal_checkpoint(struct jangle_view *view, bool in_any_case);

/* Now, on the host's monotonic clock. */
int64_t jn_view_now_us(const struct jn_view_file *file);

#endif
