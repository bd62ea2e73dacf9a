/* lookup.h - where a stream is, what came of a command: for readers and the writer. */
#ifndef JN_LOOKUP_H
#define JN_LOOKUP_H

#include "sqlite/store/sqlite_store.h"

/* The position of the last event, or that before the first there will be. */
enum jangle_result jn_head_find(const struct jn_file *file,
                                struct jn_database *database,
                                int64_t *position,
                                struct jangle_error *error);

/* STORAGE if the row of a stream and its last event do not agree on where it ends, or the
 * row is not what was stored. */
enum jangle_result jn_stream_find(struct jn_database *database,
                                  const char *kind,
                                  const char *id,
                                  struct jn_stream_row *row,
                                  struct jangle_error *error);

/* The checksum of the row of a stream, which says that the stream ends at `version`. */
int64_t jn_stream_checksum(const char *kind,
                           const char *id,
                           int64_t version,
                           int64_t first_version);

/* NOT_FOUND without a sentence. */
enum jangle_result jn_command_find(struct jn_database *database,
                                   const char *command_id,
                                   struct jangle_receipt *receipt,
                                   struct jangle_error *error);

/* Step a statement of a reader; OK with `*more` true for each row, and reset after the
 * last. NO_MEMORY if the rows could not be kept. */
enum jangle_result jn_rows_step(struct jn_database *database,
                                sqlite3_stmt *statement,
                                struct jn_rows *rows,
                                bool *more,
                                struct jangle_error *error);

/* For SQL: all that SQLite can count. */
int64_t jn_limit(size_t limit);

#endif
