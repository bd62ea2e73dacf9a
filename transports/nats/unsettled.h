/* unsettled.h - whether anything is out: delivered by a consumer, and not settled. */
#ifndef JN_NATS_UNSETTLED_H
#define JN_NATS_UNSETTLED_H

#include "nats/jetstream.h"

/* `info` is what the server says of a consumer just now. False only if nothing that it
 * has delivered is left to be settled; in doubt, true. */
bool jn_nats_is_out(struct jn_nats *nats, const jsConsumerInfo *info);

#endif
