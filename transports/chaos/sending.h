/* sending.h - parcels that are refused, or whose confirm is lost. */
#ifndef JN_CHAOS_SENDING_H
#define JN_CHAOS_SENDING_H

#include <jangle/plugin/transport.h>

jangle_transport_publish_fn jn_chaos_publish;

#endif
