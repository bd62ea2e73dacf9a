/* dead.h - how a parcel becomes a dead letter. */
#ifndef JN_HUB_DEAD_H
#define JN_HUB_DEAD_H

#include "hub/hub.h"

/* Copy a parcel of a queue into the dead-letter queue, with the headers that say why and
 * whence. NOT_FOUND: the queue has none, or it does not exist. NO_MEMORY. In both cases
 * nothing has changed. */
enum jangle_result jn_hub_bury(const struct jn_hub_queue *queue,
                               const struct jn_hub_contents *contents,
                               int attempt,
                               const char *reason);

#endif
