/* pausing.h - a consumer that an operator has paused gives back what it has in hand. */
#ifndef JN_PAUSING_H
#define JN_PAUSING_H

#include "messaging/consumer/consuming.h"

/* Is the consumer paused? It is asked before everything else, also while the consumer
 * waits for its broker or its store. */
bool jn_consuming_is_paused(struct jn_consuming *consuming);

#endif
