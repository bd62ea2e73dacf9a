/* transport.h - a transport of the hub. */
#ifndef JN_HUB_TRANSPORT_H
#define JN_HUB_TRANSPORT_H

#include <jangle/plugin/transport.h>

/* The `open` of both descriptors, whose options point to a struct jn_hub_broker. */
enum jangle_result jn_hub_transport_open(const struct jangle_broker *broker,
                                         const struct jangle_host *host,
                                         const char *name,
                                         struct jangle_transport **transport,
                                         struct jangle_error *error);

#endif
