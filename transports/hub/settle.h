/* settle.h - what becomes of parcels that were received. */
#ifndef JN_HUB_SETTLE_H
#define JN_HUB_SETTLE_H

#include "hub/hub.h"

jangle_transport_settle_fn jn_hub_settle;

/* Free a delivery, whatever became of its parcel. */
void jn_hub_delivery_free(const struct jangle_allocator *allocator,
                          struct jn_hub_delivery *delivery);

#endif
