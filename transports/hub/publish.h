/* publish.h - parcels come in. */
#ifndef JN_HUB_PUBLISH_H
#define JN_HUB_PUBLISH_H

#include <jangle/plugin/transport.h>

jangle_transport_publish_fn jn_hub_publish;

#endif
