/* batch.h - a batch: new events of one subscription that one run delivers. */
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
    bool stopped;                       /* go no further */
    enum jn_suspension_kind suspension; /* why the subscription is to be suspended */
    char suspension_reason[JN_REASON_SIZE];
    int64_t done, delivered; /* events that were passed or parked; that were handled */
    bool tried;              /* events were tried as parked keys, by dispatch/retry.c */
};

/* Deliver new events, in the way that suits the subscription and its state. In an outage
 * one event is tried. */
enum jangle_result jn_batch_run(struct jn_subscription *subscription,
                                int64_t *done,
                                struct jangle_error *error);

#endif
