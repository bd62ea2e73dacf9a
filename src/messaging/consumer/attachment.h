/* attachment.h - a consumer attaches to its queues, and waits if the broker is away. */
#ifndef JN_ATTACHMENT_H
#define JN_ATTACHMENT_H

#include "messaging/consumer/consuming.h"

/* Declare the queues if the consumer's row says so, and attach to all of them, unless
 * that is done. False: the broker is away, or a log lacks the consumer's offset; the
 * figures say which. */
bool jn_consuming_attach(struct jn_consuming *consuming);

/* Give back to the broker what was received and is not settled. */
void jn_consuming_detach(struct jn_consuming *consuming);

/* Note why the broker does not answer, and wait before it is tried again. */
void jn_consuming_wait_for_broker(struct jn_consuming *consuming,
                                  const struct jangle_error *error);

/* Declare its queues without attaching to them, so that messages wait there. False: the
 * broker could not do it now. */
bool jn_consuming_declare(struct jn_consuming *consuming);

#endif
