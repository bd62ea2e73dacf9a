/* pull.h - messages are asked for, and arrive. */
#ifndef JN_NATS_PULL_H
#define JN_NATS_PULL_H

#include "nats/jetstream.h"

/* Ask for messages of all queues, except where a request is under way. Without a time to
 * wait a call of `receive` asks once. */
void jn_nats_ask_for(struct jn_nats *nats, size_t limit, size_t bytes, int64_t wait_us);

/* Is a request under way that may still bring something? */
bool jn_nats_is_asking(const struct jn_nats *nats);

/* Put what has arrived where it belongs, and own it. */
void jn_nats_arrive(struct jn_nats *nats, natsMsg *message);

/* No request is under way any more. */
void jn_nats_stop_pulling(struct jn_nats_attached *attached);

#endif
