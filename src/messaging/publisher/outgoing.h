/* outgoing.h - one stored event on its way out: the parcel that is made of it. */
#ifndef JN_OUTGOING_H
#define JN_OUTGOING_H

#include "messaging/endpoint/endpoint.h"

#include <jangle/plugin/store.h>

/* What publishes the events of one publisher. */
struct jn_publishing {
    struct jn_endpoint endpoint;
    const struct jangle_publisher *publisher;
    const struct jangle_naming *naming;
    bool is_kept; /* the store knows which topics are declared */
    bool probing; /* the last publish was not confirmed: until one is, one message at a
                     time is sent, so that each attempt repeats one and not many */
};

enum jn_outgoing_state {
    JN_OUT_IGNORED,   /* nothing is published of this event */
    JN_OUT_READY,     /* its parcel is made, and not published yet */
    JN_OUT_CONFIRMED, /* the broker keeps it */
    JN_OUT_FAILED     /* `error` says why */
};

struct jn_outgoing {
    enum jn_outgoing_state state;
    struct jangle_parcel parcel; /* in the arena of the page */
    uint64_t key_hash;           /* of the parcel's key */
    bool sent;                   /* it is in the wave that is published now */
    bool unwanted;               /* ignored, because no row wants it */
    bool mismatched;             /* a filter could not judge it */
    struct jangle_error error;
};

/* Make the parcel of a stored event, in the arena. The state becomes IGNORED, READY or
 * FAILED. Returns NO_MEMORY, or OK. */
enum jangle_result jn_outgoing_write(const struct jn_publishing *publishing,
                                     struct jangle_arena *arena,
                                     const struct jangle_record *record,
                                     struct jn_outgoing *outgoing,
                                     struct jangle_error *error);

#endif
