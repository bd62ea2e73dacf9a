/* deliver.h - one event to one handler, and what it makes of it. */
#ifndef JN_DELIVER_H
#define JN_DELIVER_H

#include "dispatch/delivery.h"

/* Call the handler, with the delivery that it is given. */
enum jangle_result jn_call_handler(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery);

/* Read the event, and hand it to its handler by the kind of the subscription. */
void jn_deliver(const struct jn_call *call, struct jn_report *report);

/* The same, a view's in a transaction of its own, which is open afterwards, without what
 * a failed handler wrote. Other than OK if it could not begin: then nothing was called.
 */
enum jangle_result jn_deliver_singly(struct jn_call *call,
                                     struct jn_report *report,
                                     struct jangle_error *error);

#endif
