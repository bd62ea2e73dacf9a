/* readers.h - the connections that read: a few, each used by one thread at a time. */
#ifndef JN_READERS_H
#define JN_READERS_H

#include "sqlite/file/sqlite_file.h"

/* A connection to read with; it waits while all are in use. Give it back before you call
 * anybody. */
enum jangle_result jn_file_take_reader(struct jn_file *file,
                                       struct jn_database **database,
                                       struct jangle_error *error);
void jn_file_release_reader(struct jn_file *file, struct jn_database *database);

/* One more connection that reads, of the caller's own. */
enum jangle_result jn_file_connect(const struct jn_file *file,
                                   struct jn_database *database,
                                   int64_t busy_ms,
                                   struct jangle_error *error);

/* Let nobody have a reader until they are resumed, and wait, for so long at most, until
 * those that were given out are back. */
void jn_file_hold_readers(struct jn_file *file, int64_t timeout_ms);

/* Close all readers and let nobody have one; BUSY if one is not given back in time. */
enum jangle_result jn_file_stop_readers(struct jn_file *file,
                                        int64_t timeout_ms,
                                        struct jangle_error *error);
void jn_file_resume_readers(struct jn_file *file);

#endif
