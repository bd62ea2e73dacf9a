/* receive.h - parcels are handed out. */
#ifndef JN_NATS_RECEIVE_H
#define JN_NATS_RECEIVE_H

#include "nats/jetstream.h"

jangle_transport_receive_fn jn_nats_receive;
jangle_transport_wake_fn jn_nats_wake;
jangle_transport_standing_by_fn jn_nats_standing_by;

#endif
