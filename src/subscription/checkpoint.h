/* checkpoint.h - a subscriber's checkpoint and parked keys, as they are stored: read, and
 * refused if they are not of this store. */
#ifndef JN_CHECKPOINT_H
#define JN_CHECKPOINT_H

#include "subscription/subscription.h"

/* INVALID if the event at `position` is not `event_id`, or if there is none: then `what`,
 * which has handled that event, was made from another store, or this store was restored
 * from an older backup. */
enum jangle_result jn_checkpoint_check_event(const struct jn_subscription *subscription,
                                             int64_t position,
                                             const unsigned char event_id[JANGLE_ID_SIZE],
                                             const char *what,
                                             struct jangle_error *error);

/* Where the store is, for error texts. */
const char *jn_checkpoint_store_name(const struct jangle *jangle);

/* Replace what is known of the subscription by what is stored: its checkpoint, suspension
 * and parked keys. INVALID if the checkpoint is not one of this store; then nothing has
 * changed, as on every failure. */
enum jangle_result jn_checkpoint_read(struct jn_subscription *subscription,
                                      struct jangle_error *error);

/* After a commit that carried the checkpoint ended with CONFLICT or UNKNOWN: find out
 * what is stored. If that is what the commit tried to store, or what was stored before
 * it, the memory is right and is kept; else all is read, as jn_checkpoint_read does. */
enum jangle_result jn_checkpoint_reload(struct jn_subscription *subscription,
                                        struct jangle_error *error);

/* The stored checkpoint, whichever process runs the subscriber, and its position alone.
 * Position 0 if the subscriber has not begun yet. */
enum jangle_result jn_checkpoint_stored(struct jn_subscription *subscription,
                                        struct jangle_checkpoint *checkpoint,
                                        struct jangle_error *error);
enum jangle_result jn_checkpoint_position(struct jn_subscription *subscription,
                                          int64_t *position,
                                          struct jangle_error *error);

/* Store that checkpoint now, in a group of its own, with the id of the event at its
 * position. What the store refuses is in `checkpoint->error`. NOT_FOUND if there is no
 * such event. */
enum jangle_result jn_checkpoint_store(struct jangle *jangle,
                                       struct jangle_checkpoint *checkpoint,
                                       struct jangle_error *error);

/* Store the checkpoint `position`, and that no key is parked. The subscription is held,
 * so that nobody else writes its checkpoint; its memory is read again by
 * jn_subscription_release. Not for views. NOT_FOUND if there is no such position. */
enum jangle_result jn_checkpoint_set(struct jn_subscription *subscription,
                                     int64_t position,
                                     struct jangle_error *error);

/* Visit the parked keys as they are stored. */
enum jangle_result jn_checkpoint_visit_parked(struct jn_subscription *subscription,
                                              jangle_parked_fn *visit,
                                              void *context,
                                              struct jangle_error *error);

#endif
