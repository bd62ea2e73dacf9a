/* lookup.h - find the head of the log, and a stream, on a connection that reads or the
 * one that writes. */
#ifndef JN_LOOKUP_H
#define JN_LOOKUP_H

#include "sqlite/store/sqlite_store.h"

/* The position of the last event; in an empty store, the one before the first event. */
enum jangle_result jn_head_find(const struct jn_file *file,
                                struct jn_database *database,
                                int64_t *position,
                                struct jangle_error *error);

/* The same, and the epoch of the store, in the transaction that writes: with the
 * writer lock, so that no fence is passed before its end. If nobody has written since the
 * last COMMIT that was noted, both are known. */
enum jangle_result jn_head_find_to_write(struct jn_file *file,
                                         int64_t *position,
                                         int64_t *epoch,
                                         struct jangle_error *error);

/* Note, after a COMMIT and with the writer lock, what it has left. */
void jn_head_note(struct jn_file *file, int64_t position, int64_t epoch);

/* Find the row of a stream; zeroed if there is none. STORAGE if the row is damaged, or
 * does not agree with the last event on the version. */
enum jangle_result jn_stream_find(struct jn_database *database,
                                  const char *kind,
                                  const char *id,
                                  struct jn_stream_row *row,
                                  struct jangle_error *error);

/* The checksum of a stream's row. */
int64_t jn_stream_checksum(const char *kind,
                           const char *id,
                           int64_t version,
                           int64_t first_version);

#endif
