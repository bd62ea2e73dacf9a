/* readers.h - the connections that read: a few, each used by one thread at a time. */
#ifndef JN_READERS_H
#define JN_READERS_H

#include "sqlite/file/sqlite_file.h"

/* Take a connection that reads; wait while all are in use. Release it before any visit is
 * called, because the visit may read too. */
enum jangle_result jn_file_take_reader(struct jn_file *file,
                                       struct jn_database **database,
                                       struct jangle_error *error);
void jn_file_release_reader(struct jn_file *file, struct jn_database *database);

/* Open one more connection that reads, for the caller alone. */
enum jangle_result jn_file_connect(const struct jn_file *file,
                                   struct jn_database *database,
                                   int64_t busy_ms,
                                   struct jangle_error *error);

/* Let nobody take a reader until jn_file_resume_readers, and wait, for `timeout_ms` at
 * most, until those in use are released. */
void jn_file_hold_readers(struct jn_file *file, int64_t timeout_ms);

/* The same, and close all readers. BUSY if one is not released in time: then readers can
 * be taken again. */
enum jangle_result jn_file_stop_readers(struct jn_file *file,
                                        int64_t timeout_ms,
                                        struct jangle_error *error);
void jn_file_resume_readers(struct jn_file *file);

#endif
