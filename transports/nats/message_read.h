/* message_read.h - messages of NATS as parcels. */
#ifndef JN_NATS_MESSAGE_READ_H
#define JN_NATS_MESSAGE_READ_H

#include "nats/jetstream.h"

/* What the subject says at which a message is acknowledged:
 * $JS.ACK.STREAM.CONSUMER.DELIVERED.NUMBER.... or the same with a domain and an account.
 */
struct jn_nats_metadata {
    char stream[JN_NATS_NAME_SIZE];
    char consumer[JN_NATS_NAME_SIZE];
    size_t consumer_size; /* of the subject, up to the end of the consumer's name */
    uint64_t delivered;   /* how often */
    uint64_t number;      /* in the stream */
    uint64_t turn;        /* its number among all deliveries of the consumer */
    uint64_t pending;     /* how many come after it */
};

/* False if the text is none. */
bool jn_nats_metadata_read(const char *reply, struct jn_nats_metadata *metadata);

/* Make a delivery of a message, which it then owns. NULL: no memory. */
struct jn_nats_delivery *jn_nats_message_read(struct jn_nats *nats,
                                              struct jn_nats_attached *attached,
                                              const struct jn_nats_source *source,
                                              const struct jn_nats_metadata *metadata,
                                              natsMsg *message);

/* The delay in milliseconds that a copy of ours must still wait for; -1: none. */
int64_t jn_nats_message_delay(natsMsg *message);

#endif
