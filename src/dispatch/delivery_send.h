/* delivery_send.h - commands that a handler sends: each once, and answered the same
 * again when the event comes again. */
#ifndef JN_DELIVERY_SEND_H
#define JN_DELIVERY_SEND_H

#include "dispatch/delivery.h"

/* Send a command that belongs to the delivery (delivery_send.c): what it came to is kept
 * until the event is handled. Only what is not final sticks. */
enum jangle_result jn_delivery_send(struct jn_delivery *delivery,
                                    const struct jangle_message *type,
                                    const void *data);

#endif
