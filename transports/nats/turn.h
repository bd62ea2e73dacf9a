/* turn.h - of a queue in order only one receiver at a time gets messages: the one that
 * holds the single message of its turn. */
#ifndef JN_NATS_TURN_H
#define JN_NATS_TURN_H

#include "nats/jetstream.h"

struct jn_nats_metadata;

/* The message of the turn has arrived. */
void jn_nats_turn_arrive(struct jn_nats *nats,
                         struct jn_nats_attached *attached,
                         const struct jn_nats_metadata *metadata,
                         natsMsg *message);

/* Give the turn, if it is held, to who waits for it. If this process ends in the middle
 * of it there is no turn for a while, and who waits makes one (jn_nats_make_turn). */
void jn_nats_turn_give(struct jn_nats *nats, struct jn_nats_attached *attached);

/* May messages of this queue be asked for now? If it has a turn, that is prolonged first,
 * so that it outlasts what is asked for. */
bool jn_nats_turn_is_ours(struct jn_nats *nats, struct jn_nats_attached *attached);

/* The connection has ended. What was on its way then has reached nobody, and comes again
 * when its time is over; so does the turn, a little later, if nobody gives it back. So
 * what comes later cannot overtake it. */
void jn_nats_turn_lose(struct jn_nats_attached *attached);

/* If nothing was on its way, give the turn back, so that nobody waits for it. */
void jn_nats_turn_let_go(struct jn_nats *nats, struct jn_nats_attached *attached);

#endif
