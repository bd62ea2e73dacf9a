/* receiving.h - parcels that come twice, or later, or not yet. */
#ifndef JN_CHAOS_RECEIVING_H
#define JN_CHAOS_RECEIVING_H

#include <jangle/plugin/transport.h>

jangle_transport_receive_fn jn_chaos_receive;
jangle_transport_settle_fn jn_chaos_settle;

#endif
