/* subscribers.h - the names of subscribers, and where each of them stands. */
#ifndef JN_SUBSCRIBERS_H
#define JN_SUBSCRIBERS_H

#include "sqlite/store/sqlite_store.h"

/* Find where the subscriber of that name stands. STORAGE if one of its rows is damaged,
 * or missing. */
enum jangle_result jn_standing_find(struct jn_database *database,
                                    const char *name,
                                    struct jn_standing *standing,
                                    struct jangle_error *error);

/* Find it so, and make the name if there is none. In a transaction. */
enum jangle_result jn_subscriber_make(struct jn_database *database,
                                      const char *name,
                                      struct jn_standing *standing,
                                      struct jangle_error *error);

/* Change what is said of a name that was just found, in a transaction. */
enum jangle_result jn_subscriber_note(struct jn_database *database,
                                      int64_t number,
                                      bool owned,
                                      bool marked,
                                      struct jangle_error *error);

/* The checksum of the row of a checkpoint. */
int64_t jn_checkpoint_checksum(const struct jangle_checkpoint *checkpoint,
                               int64_t parked_count,
                               int64_t parked_total);

jangle_store_find_checkpoint_fn jn_sqlite_find_checkpoint;
jangle_store_read_checkpoints_fn jn_sqlite_read_checkpoints;

#endif
