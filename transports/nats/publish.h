/* publish.h - parcels are published, and confirmed by the server. */
#ifndef JN_NATS_PUBLISH_H
#define JN_NATS_PUBLISH_H

#include "nats/jetstream.h"

jangle_transport_publish_fn jn_nats_publish;

/* A parcel that is to be stored. */
struct jn_nats_posted {
    struct jangle_parcel *parcel; /* gets the result */
    int64_t delay_ms;             /* see struct jn_nats_extra */
    uint64_t number;
    bool sent;
};

/* Store them, and wait until that moment of jn_monotonic_us at most. Each parcel has its
 * result afterwards; those that have one other than UNKNOWN before it are left alone. */
enum jangle_result jn_nats_post(struct jn_nats *nats,
                                struct jn_nats_posted *posted,
                                size_t count,
                                int64_t until_us,
                                struct jangle_error *error);

#endif
