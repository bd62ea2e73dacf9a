/* batch.h - new events of one subscription, on their way to its handlers. */
#ifndef JN_BATCH_H
#define JN_BATCH_H

#include "dispatch/event_page.h"
#include "subscription/move.h"

struct jn_batch {
    struct jn_subscription *subscription;
    struct jn_event_page page;
    struct jangle_arena arena; /* of the event that is delivered */
    struct jn_move move;
    int64_t until_us;
    bool stopped;                       /* go no further: */
    enum jn_suspension_kind suspension; /* because it is to be suspended, */
    char suspension_reason[JN_REASON_SIZE];
    int64_t done, delivered;
    bool tried; /* events were, as retries are */
};

/* Deliver new events, in the way that suits the subscription and its state. In an outage
 * it ends before the first that fails. */
enum jangle_result jn_batch_run(struct jn_subscription *subscription,
                                int64_t *done,
                                struct jangle_error *error);

#endif
