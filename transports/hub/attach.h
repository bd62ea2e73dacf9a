/* attach.h - a transport begins to receive from a queue, and ends it. */
#ifndef JN_HUB_ATTACH_H
#define JN_HUB_ATTACH_H

#include <jangle/plugin/transport.h>

jangle_transport_attach_fn jn_hub_attach;
jangle_transport_detach_fn jn_hub_detach;

#endif
