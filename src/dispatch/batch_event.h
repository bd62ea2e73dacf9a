/* batch_event.h - what is done with one event of a batch; and the loop over a batch whose
 * events are delivered one after the other. */
#ifndef JN_BATCH_EVENT_H
#define JN_BATCH_EVENT_H

#include "dispatch/batch.h"

/* What is to be done with the event. SKIP: nobody wants it, its key is parked, or it is
 * completed; STOP: it is too new, as `reason` says. */
enum jn_batch_action { JN_ACTION_SKIP, JN_ACTION_DELIVER, JN_ACTION_STOP };
enum jn_batch_action jn_batch_judge(const struct jn_batch *batch,
                                    const struct jn_item *item,
                                    char reason[JN_REASON_SIZE]);

/* Judge the event as jn_batch_judge does; if the answer is STOP, have the subscription
 * suspended after the batch. */
enum jn_batch_action jn_batch_action_for(struct jn_batch *batch,
                                         const struct jn_item *item);

/* The event was handled, or no handler wants it: let the checkpoint pass it. */
void jn_batch_complete(struct jn_batch *batch, const struct jn_item *item);
void jn_batch_skip(struct jn_batch *batch, const struct jn_item *item);

/* The handler failed: park the key and let the checkpoint pass the event; or stop before
 * it, and have the subscription suspended. */
void jn_batch_fail(struct jn_batch *batch,
                   const struct jn_item *item,
                   const struct jn_report *report);

/* Before that: store the ends that wait, because a parked row is never ahead of the
 * position. If they cannot be stored the batch has stopped, and the events since the
 * position, that one too, are delivered again. Fails as jn_move_make. */
enum jangle_result jn_batch_store_ends(struct jn_batch *batch,
                                       struct jangle_error *error);

/* Is the subscription suspended? Then one event is tried, and no more. */
bool jn_batch_is_trial(const struct jn_batch *batch);

/* Go through the page until it is time to stop, and call `deliver` for each event that is
 * to be delivered. A result other than OK ends the loop, and is returned. */
typedef enum jangle_result jn_batch_deliver_fn(struct jn_batch *batch,
                                               struct jn_item *item,
                                               void *context,
                                               struct jangle_error *error);
enum jangle_result jn_batch_each(struct jn_batch *batch,
                                 jn_batch_deliver_fn *deliver,
                                 void *context,
                                 struct jangle_error *error);

/* Handle the batch's events one by one, each with a move of its own: a view's each in a
 * transaction of its own, those of others in none. */
enum jangle_result jn_batch_singly(struct jn_batch *batch, struct jangle_error *error);

/* Make the move of the events at the end that were skipped. */
enum jangle_result jn_batch_finish(struct jn_batch *batch, struct jangle_error *error);

#endif
