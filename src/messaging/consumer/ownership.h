/* ownership.h - one process at a time receives for a consumer of a store. */
#ifndef JN_OWNERSHIP_H
#define JN_OWNERSHIP_H

#include "messaging/consumer/consuming.h"

/* Own the consumer's name, and read what the last owner left. BUSY: another process owns
 * it. Other results are the store's; then it is not owned. */
enum jangle_result jn_consuming_own(struct jn_consuming *consuming,
                                    struct jangle_error *error);
void jn_consuming_disown(struct jn_consuming *consuming);

#endif
