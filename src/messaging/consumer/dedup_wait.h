/* dedup_wait.h - a consumer receives nothing while its dedup is away, if it needs it. */
#ifndef JN_DEDUP_WAIT_H
#define JN_DEDUP_WAIT_H

#include "messaging/consumer/consuming.h"

/* Give back what is in hand, and do nothing for so long; the figures say why. The queues
 * are declared all the same, so that messages wait there. */
void jn_dedup_wait_begin(struct jn_consuming *consuming,
                         int64_t wait_us,
                         const struct jangle_error *why);

/* May messages be received? If not, it waits on. */
bool jn_dedup_wait_is_over(struct jn_consuming *consuming);

#endif
