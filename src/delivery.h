/* delivery.h - one event to one handler, and what it makes of it. */
#ifndef JN_DELIVERY_H
#define JN_DELIVERY_H

#include "subscription.h"

struct jn_delivery {
    struct jangle_delivery base; /* first: handlers have a pointer to it */
    enum jangle_result stuck;
    struct jangle_error error;
    int64_t retry_in_ms; /* -1: not said */
    bool refused;
};

/* Which event, to whom, how. */
struct jn_call {
    const struct jn_subscription *subscription;
    const struct jangle_record *record;
    const struct jangle_handler *handler;
    struct jangle_arena *arena;    /* of the event; is reset first */
    struct jangle_view_file *file; /* of a view, in a transaction; NULL if it is none */
    struct jangle_view *view;
    int attempt;
    bool alone; /* in a savepoint */
    bool replaying;
};

void jn_deliver(const struct jn_call *call, struct jn_report *report);

/* The same, a view's in a transaction of its own, which is open afterwards, without what
 * a failed handler wrote. Other than OK if it could not begin: then nothing was called.
 */
enum jangle_result jn_deliver_singly(struct jn_call *call,
                                     struct jn_report *report,
                                     struct jangle_error *error);

/* Is the event newer than its handler's descriptor? Then `reason` says so. */
bool jn_is_too_new(const struct jangle_record *record,
                   const struct jangle_handler *handler,
                   char reason[JN_REASON_SIZE]);

#endif
