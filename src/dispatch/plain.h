/* plain.h - subscribers whose handlers act outside of jangle. */
#ifndef JN_PLAIN_H
#define JN_PLAIN_H

#include "subscription/subscription.h"

extern const struct jn_kind jn_plain_kind;

/* The key of an event is that of its stream; for a subscriber that takes events in any
 * order, the event's own position. */
const char *jn_plain_key_of(const struct jn_subscription *subscription,
                            struct jangle_arena *arena,
                            const struct jangle_record *record,
                            const struct jangle_handler *handler,
                            enum jangle_parked_kind *kind);

#endif
