/* delivery.h - one event to one handler, and what it makes of it. */
#ifndef JN_DELIVERY_H
#define JN_DELIVERY_H

#include "dispatch/event_page.h"
#include "subscription/report.h"

struct jn_delivery {
    struct jangle_delivery base; /* first: handlers have a pointer to it */
    enum jangle_result failed_with;
    struct jangle_error error;
    int64_t retry_in_ms; /* as asked, or JN_BY_POLICY */
    bool refused;
    bool cannot; /* nor can any other attempt: its SQL does not compile, say (VS-5) */
    bool waits;  /* for another turn of its saga */
    bool broken; /* the view's transaction is gone */
    const struct jn_call *call;
    const struct jangle_event *event;
    int sent; /* commands */
};

/* Who decides what a handler sends, in the place of the instance's aggregates; for tests
 * of handlers. Fills in the outcome. */
struct jn_recipient {
    enum jangle_result (*send)(const struct jn_recipient *recipient,
                               struct jangle_outcome *outcome,
                               const struct jangle_message *type,
                               const void *data);
};

/* Which event, to whom, how. */
struct jn_call {
    struct jn_subscription *subscription;
    const struct jangle_record *record;
    const struct jangle_handler *handler;
    struct jangle_arena *arena;    /* of the event; is reset first */
    struct jangle_view_file *file; /* of a view, in a transaction; NULL if it is none */
    struct jangle_view *view;
    int attempt;
    bool alone;          /* in a savepoint */
    bool delivered_late; /* it waited by itself: its saga may have gone on without it */
    bool replaying;
    const struct jn_recipient *recipient; /* NULL: the instance */
};

#endif
