/* receive.h - parcels go out. */
#ifndef JN_HUB_RECEIVE_H
#define JN_HUB_RECEIVE_H

#include <jangle/plugin/transport.h>

jangle_transport_receive_fn jn_hub_receive;

#endif
