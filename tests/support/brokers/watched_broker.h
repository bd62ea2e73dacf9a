/* watched_broker.h - a broker around another one: a test is asked before each call, and
 * may let publishing end with TIMEOUT. It is told of each parcel that is published, and
 * of each settlement. */
#ifndef WATCHED_BROKER_H
#define WATCHED_BROKER_H

#include <jangle/plugin/transport.h>

#include <stdatomic.h>

struct watched_broker {
    struct jangle_broker inner;
    /* Called before each call, on its thread, with its name: "publish"; may be NULL. */
    void (*before)(void *context, const char *call);
    /* Called with each parcel before it is published; may be NULL. */
    void (*publishes_parcel)(void *context, const struct jangle_parcel *parcel);
    /* Called with each settlement of a call, before it and after it; both or neither are
     * NULL. Afterwards there is no parcel any more. */
    void (*settles)(void *context,
                    const struct jangle_settlement *settlement,
                    size_t index);
    void (*has_settled)(void *context,
                        const struct jangle_settlement *settlement,
                        size_t index);
    void *context;
    _Atomic bool times_out; /* what was published is TIMEOUT all the same */
    int64_t refuses_each;   /* each parcel of that number is BUSY, and the others are
                               published, so no prefix is kept; 0: none */
    _Atomic int64_t calls, publishes, parcels; /* of them; and parcels of publishes */
};

/* It must not be moved, and must live until all its transports are closed. */
struct jangle_broker watched_broker_make(const struct watched_broker *watched);

#endif
