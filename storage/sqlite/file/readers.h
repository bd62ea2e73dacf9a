/* readers.h - the connections that read: a few, each used by one thread at a time. */
#ifndef JN_READERS_H
#define JN_READERS_H

#include "sqlite/file/columns.h"
#include "sqlite/file/sqlite_file.h"

/* Take a connection that reads. If all are in use, or held (below), wait. Release it
 * before you call a visit that may read, too, which that of read_all does not. */
enum jangle_result jn_file_take_reader(struct jn_file *file,
                                       struct jn_database **database,
                                       struct jangle_error *error);
void jn_file_release_reader(struct jn_file *file, struct jn_database *database);

/* The names of streams that a reader knows, which are the caller's as the reader is. */
struct jn_stream_names *jn_file_reader_names(struct jn_file *file,
                                             const struct jn_database *database);

/* Close all readers, of which none is in use. */
void jn_file_close_readers(struct jn_file *file);

/* Ask for rows on a connection that reads, keep each by `keep`, and release the
 * connection, so that a visit can be called for each. They are kept in `columns->rows`,
 * which is begun here; a caller that keeps any finishes it. */
enum jangle_result jn_file_read_rows(struct jn_file *file,
                                     struct jn_columns *columns,
                                     const char *sql,
                                     const struct jn_parameter *parameters,
                                     int count,
                                     void (*keep)(struct jn_columns *columns));

/* Open one more connection that reads, for the caller alone. */
enum jangle_result jn_file_connect(const struct jn_file *file,
                                   struct jn_database *database,
                                   int64_t busy_ms,
                                   struct jangle_error *error);

/* Until jn_file_resume_readers, whoever would take a reader waits. Before it returns,
 * this call waits until all readers in use are released, but not longer than
 * `timeout_ms`: after that some may still be in use. */
void jn_file_hold_readers(struct jn_file *file, int64_t timeout_ms);

/* The same, and then close all readers. BUSY: a reader was not released in time. Then no
 * reader is closed, and readers can be taken again. */
enum jangle_result jn_file_stop_readers(struct jn_file *file,
                                        int64_t timeout_ms,
                                        struct jangle_error *error);
void jn_file_resume_readers(struct jn_file *file);

#endif
