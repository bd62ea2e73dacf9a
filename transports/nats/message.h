/* message.h - parcels as messages of NATS. */
#ifndef JN_NATS_MESSAGE_H
#define JN_NATS_MESSAGE_H

#include "nats/jetstream.h"

/* What a copy of a parcel says besides. */
struct jn_nats_extra {
    const char *server_id; /* by which the server knows doubles */
    int64_t delay_ms;      /* AGAIN: it is not handed out before; -1: at once */
};

/* Make a message of a parcel; the caller destroys it. INVALID: a header has a name that
 * NATS cannot carry. */
enum jangle_result jn_nats_message_make(struct jn_nats *nats,
                                        const struct jangle_parcel *parcel,
                                        const struct jn_nats_extra *extra,
                                        const char *subject,
                                        const char *reply,
                                        natsMsg **message,
                                        struct jangle_error *error);

#endif
