/* checkpoint.h - where a subscriber stands, by what is stored: found, or refused. */
#ifndef JN_CHECKPOINT_H
#define JN_CHECKPOINT_H

#include "subscription/subscription.h"

/* Is the event at `position` the one that was seen there? INVALID if not: `what`, who has
 * seen it, was made from another store, or from an older state of this one. */
enum jangle_result jn_checkpoint_check_event(const struct jn_subscription *subscription,
                                             int64_t position,
                                             const unsigned char event_id[JANGLE_ID_SIZE],
                                             const char *what,
                                             struct jangle_error *error);

/* Where the store is, for sentences. */
const char *jn_checkpoint_store_name(const struct jangle *jangle);

/* Read where the subscription stands, and its parked keys, as they are stored. INVALID if
 * it is not a place of this store. */
enum jangle_result jn_checkpoint_read(struct jn_subscription *subscription,
                                      struct jangle_error *error);

/* Read it as jn_checkpoint_read does, after a checkpoint met a conflict, or when it is
 * unknown what came of it: if the store has what was tried, or what was there before,
 * only that is taken note of. */
enum jangle_result jn_checkpoint_reload(struct jn_subscription *subscription,
                                        struct jangle_error *error);

/* Where it stands by what is stored, whoever runs it; and whether it is suspended. */
enum jangle_result jn_checkpoint_stored(struct jn_subscription *subscription,
                                        struct jangle_checkpoint *checkpoint,
                                        struct jangle_error *error);
enum jangle_result jn_checkpoint_position(struct jn_subscription *subscription,
                                          int64_t *position,
                                          struct jangle_error *error);

/* The id of the event at that position; NOT_FOUND if there is none. Zeroes at 0. */
enum jangle_result jn_checkpoint_event_id(struct jangle *jangle,
                                          int64_t position,
                                          unsigned char event_id[JANGLE_ID_SIZE],
                                          struct jangle_error *error);

/* Visit the parked keys as they are stored. */
enum jangle_result jn_checkpoint_visit_parked(struct jn_subscription *subscription,
                                              jangle_parked_fn *visit,
                                              void *context,
                                              struct jangle_error *error);

#endif
