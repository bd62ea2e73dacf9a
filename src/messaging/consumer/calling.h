/* calling.h - the handlers of one received message are called, in one attempt. */
#ifndef JN_CALLING_H
#define JN_CALLING_H

#include "messaging/consumer/attempts.h"
#include "messaging/consumer/incoming.h"

/* Call all of them; the outcome is in `incoming->called`, which belongs to this
 * thread. No lock is held. */
void jn_call_handlers(const struct jn_reader *reader,
                      struct jn_attempts *attempts,
                      struct jn_incoming *incoming);

#endif
