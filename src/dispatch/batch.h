/* batch.h - new events of one subscription, on their way to its handlers. */
#ifndef JN_BATCH_H
#define JN_BATCH_H

#include "dispatch/page.h"
#include "subscription/move.h"

struct jn_batch {
    struct jn_subscription *subscription;
    struct jn_page page;
    struct jangle_arena arena; /* of the event that is delivered */
    struct jn_move move;
    int64_t until_us;
    bool stopped;           /* go no further: */
    enum jn_halt_kind halt; /* because it is to be suspended, */
    char halt_reason[JN_REASON_SIZE];
    int64_t done, delivered;
    bool tried; /* events were, as retries are */
};

/* What to do with the next event. STOP: it is too new, for that reason. */
enum jn_fate { JN_FATE_PASS, JN_FATE_DELIVER, JN_FATE_STOP };
enum jn_fate jn_batch_judge(const struct jn_batch *batch,
                            const struct jn_item *item,
                            char reason[JN_REASON_SIZE]);

/* The same, and halts the batch at STOP. */
enum jn_fate jn_batch_fate(struct jn_batch *batch, const struct jn_item *item);

/* The handler failed: park its key and pass, or stop. */
void jn_batch_fail(struct jn_batch *batch,
                   const struct jn_item *item,
                   const struct jn_report *report);

/* Is it time to stop, after that many? */
bool jn_batch_is_over(const struct jn_batch *batch);

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

/* One by one, and each attempt is written down first: after a crash. */
bool jn_batch_is_guarded(const struct jn_batch *batch);
enum jangle_result jn_batch_guarded(struct jn_batch *batch, struct jangle_error *error);

/* Each in a transaction of its own, or none. */
enum jangle_result jn_batch_singly(struct jn_batch *batch, struct jangle_error *error);

/* By several threads, a key at a time each (batch_shared.c): if it says that it has more
 * than one, there are workers for that, and it is going. */
bool jn_batch_is_shared(const struct jn_batch *batch);
enum jangle_result jn_batch_shared(struct jn_batch *batch, struct jangle_error *error);

/* Deliver new events: batch.c, and view_batch.c for views. In an outage it ends before
 * the first that fails. */
enum jangle_result jn_batch_run(struct jn_subscription *subscription,
                                int64_t *done,
                                struct jangle_error *error);

#endif
