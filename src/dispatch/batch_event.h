/* batch_event.h - what becomes of one event of a batch, and one after the other until
 * it is time to stop. */
#ifndef JN_BATCH_EVENT_H
#define JN_BATCH_EVENT_H

#include "dispatch/batch.h"

/* What to do with the next event. STOP: it is too new, for that reason. */
enum jn_batch_action { JN_ACTION_SKIP, JN_ACTION_DELIVER, JN_ACTION_STOP };
enum jn_batch_action jn_batch_judge(const struct jn_batch *batch,
                                    const struct jn_item *item,
                                    char reason[JN_REASON_SIZE]);

/* Judge the event as jn_batch_judge does, and suspension the batch if the answer is STOP.
 */
enum jn_batch_action jn_batch_action_for(struct jn_batch *batch,
                                         const struct jn_item *item);

/* The handler failed: park its key and pass, or stop. */
void jn_batch_fail(struct jn_batch *batch,
                   const struct jn_item *item,
                   const struct jn_report *report);

/* Is the subscription suspended? Then one event is tried, and no more. */
bool jn_batch_is_trial(const struct jn_batch *batch);

/* Go through the page until it is time to stop, and deliver what is to be delivered. A
 * result other than OK stops it, too, and is returned. */
typedef enum jangle_result jn_batch_deliver_fn(struct jn_batch *batch,
                                               struct jn_item *item,
                                               void *context,
                                               struct jangle_error *error);
enum jangle_result jn_batch_each(struct jn_batch *batch,
                                 jn_batch_deliver_fn *deliver,
                                 void *context,
                                 struct jangle_error *error);

/* Write what was passed over at the end. */
enum jangle_result jn_batch_finish(struct jn_batch *batch, struct jangle_error *error);

#endif
