/* tend.h - what was received stays ours. */
#ifndef JN_NATS_TEND_H
#define JN_NATS_TEND_H

#include "nats/jetstream.h"

jangle_transport_tend_fn jn_nats_tend;

#endif
