/* saga_kind.h - sagas as subscriptions. */
#ifndef JN_SAGA_KIND_H
#define JN_SAGA_KIND_H

#include "subscription/subscription.h"

extern const struct jn_kind jn_saga_kind;

/* The saga that an event is for. An event that cannot be read is a key of its own; NULL:
 * it is for no saga. */
const char *jn_saga_key_of_event(const struct jn_subscription *subscription,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_handler *handler,
                                 enum jangle_parked_kind *kind);

#endif
