/* publish.h - parcels are published. */
#ifndef JN_RABBIT_PUBLISH_H
#define JN_RABBIT_PUBLISH_H

#include "rabbitmq/rabbit.h"

jangle_transport_publish_fn jn_rabbit_publish;

#endif
