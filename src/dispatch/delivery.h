/* delivery.h - one event to one handler, and what it makes of it. */
#ifndef JN_DELIVERY_H
#define JN_DELIVERY_H

#include "dispatch/page.h"
#include "subscription/report.h"

struct jn_delivery {
    struct jangle_delivery base; /* first: handlers have a pointer to it */
    enum jangle_result stuck;
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
    bool alone; /* in a savepoint */
    bool late;  /* it waited by itself: its saga may have gone on without it */
    bool replaying;
    const struct jn_recipient *recipient; /* NULL: the instance */
};

/* Send a command that belongs to the delivery (delivery_send.c): what it came to is kept
 * until the event is handled. Only what is not final sticks. */
enum jangle_result jn_delivery_send(struct jn_delivery *delivery,
                                    const struct jangle_message *type,
                                    const void *data);

/* Call the handler, with the delivery that it is given. */
enum jangle_result jn_call_handler(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery);

/* Read the event, and hand it to its handler by the kind of the subscription. */
void jn_deliver(const struct jn_call *call, struct jn_report *report);

/* The same, a view's in a transaction of its own, which is open afterwards, without what
 * a failed handler wrote. Other than OK if it could not begin: then nothing was called.
 */
enum jangle_result jn_deliver_singly(struct jn_call *call,
                                     struct jn_report *report,
                                     struct jangle_error *error);

#endif
