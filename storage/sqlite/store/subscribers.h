/* subscribers.h - the names of subscribers, and their checkpoints. */
#ifndef JN_SUBSCRIBERS_H
#define JN_SUBSCRIBERS_H

#include "sqlite/store/sqlite_store.h"

/* Find a subscriber, its checkpoint and its flags. stored->number is 0 if the name is
 * unknown. STORAGE if its row is damaged, or its checkpoint is damaged or missing. */
enum jangle_result jn_subscriber_find(struct jn_database *database,
                                      const char *name,
                                      struct jn_stored_subscriber *stored,
                                      struct jangle_error *error);

/* In a transaction: find a subscriber, or make one without a checkpoint. */
enum jangle_result jn_subscriber_make(struct jn_database *database,
                                      const char *name,
                                      struct jn_stored_subscriber *stored,
                                      struct jangle_error *error);

/* In a transaction: set the flags of a subscriber that was just found. `owned`: the
 * session that runs it, or died running it; 0: none. One without a checkpoint begins with
 * its own name as its first name, whatever it was before. */
enum jangle_result jn_subscriber_set_flags(struct jn_database *database,
                                           int64_t number,
                                           int64_t owned,
                                           bool has_checkpoint,
                                           struct jangle_error *error);

/* In a transaction: set the first name of a subscriber that was just found. */
enum jangle_result jn_subscriber_set_first_name(struct jn_database *database,
                                                int64_t number,
                                                const char *first_name,
                                                struct jangle_error *error);

/* The checksum of a checkpoint's row. */
int64_t jn_checkpoint_checksum(const struct jangle_checkpoint *checkpoint,
                               const struct jn_parked_sum *parked);

jangle_store_find_checkpoint_fn jn_sqlite_find_checkpoint;
jangle_store_read_checkpoints_fn jn_sqlite_read_checkpoints;

#endif
