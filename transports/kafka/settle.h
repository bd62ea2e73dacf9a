/* settle.h - what becomes of messages that were received. */
#ifndef JN_KAFKA_SETTLE_H
#define JN_KAFKA_SETTLE_H

#include "kafka/kafka.h"

jangle_transport_settle_fn jn_kafka_settle;

#endif
