/* saga_key.h - which saga an event is for. */
#ifndef JN_SAGA_KEY_H
#define JN_SAGA_KEY_H

#include "subscription/subscription.h"

/* The saga that an event is for. An event that cannot be read is a key of its own; NULL:
 * it is for no saga. */
const char *jn_saga_key_of_event(const struct jn_subscription *subscription,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_handler *handler,
                                 enum jangle_parked_kind *kind);

#endif
