/* settle.h - parcels are settled. */
#ifndef JN_NATS_SETTLE_H
#define JN_NATS_SETTLE_H

#include "nats/jetstream.h"

jangle_transport_settle_fn jn_nats_settle;

#endif
