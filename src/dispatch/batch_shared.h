/* batch_shared.h - new events of one subscription, handled by several threads: one of a
 * key at a time, and what is done ahead of the checkpoint is remembered. The thread
 * whose step it is opens it to others that poll, takes part, and waits for them; it
 * alone moves the subscription, past what was answered, in order of the log. */
#ifndef JN_BATCH_SHARED_H
#define JN_BATCH_SHARED_H

#include "subscription/subscription.h"

/* Take part in a step of another thread (batch_shared.c), if its turn has come. */
bool jn_share_help(struct jn_dispatch *dispatch, int64_t *done);

#endif
