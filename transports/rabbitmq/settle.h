/* settle.h - what becomes of messages that were received. */
#ifndef JN_RABBIT_SETTLE_H
#define JN_RABBIT_SETTLE_H

#include "rabbitmq/rabbit.h"

jangle_transport_settle_fn jn_rabbit_settle;

#endif
