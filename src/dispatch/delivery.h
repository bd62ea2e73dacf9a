/* delivery.h - one delivery: the event, its handler, and what the handler asked for. */
#ifndef JN_DELIVERY_H
#define JN_DELIVERY_H

#include "dispatch/event_page.h"

/* Decides the commands that a handler sends, instead of the instance's aggregates: for
 * tests of handlers. `send` fills in the outcome. */
struct jn_recipient {
    enum jangle_result (*send)(const struct jn_recipient *recipient,
                               struct jangle_outcome *outcome,
                               const struct jangle_message *type,
                               const void *data);
};

struct jn_delivery {
    struct jangle_delivery base; /* first: handlers have a pointer to it */

    /* Which event is delivered, to which handler, and how. */
    struct jn_subscription *subscription;
    const struct jangle_record *record;
    const struct jangle_handler *handler;
    struct jangle_arena *arena;    /* for the event; it is reset first */
    struct jangle_view_file *file; /* of a view, in a transaction; NULL if it is none */
    struct jangle_view *view;
    int attempt;
    bool in_savepoint;   /* of its own, in the transaction of the batch */
    bool delivered_late; /* it was parked alone: its saga may have gone on without it */
    bool replaying;
    bool end_may_wait; /* what its handler leaves to be stored may wait for a group to
                          take it along (subscription/ends.h) */
    const struct jn_recipient *recipient; /* NULL: the instance */
    /* Takes what the handler sends or posts, if the event is not one of the log: then
     * there is no subscription, and nothing is recorded. NULL: it is recorded as a step
     * of the delivery. */
    enum jangle_result (*take_sent)(struct jn_delivery *delivery,
                                    const struct jangle_message *type,
                                    const void *data);
    const struct jangle_publisher *publisher; /* of what is posted just now; NULL: it is
                                                 sent */

    /* The event, decoded; what the handler has done so far; in the end the outcome. */
    struct jangle_event event;
    enum jangle_result failed_with; /* the first failure, which stays; OK: none */
    bool refused;                   /* jangle_delivery_reject was called */
    bool cannot; /* no attempt of this program can succeed: its SQL does not compile, say
                    (VS-5) */
    int sent;    /* commands */
    struct jn_report report;
};

#endif
