/* receive.h - messages come in. */
#ifndef JN_KAFKA_RECEIVE_H
#define JN_KAFKA_RECEIVE_H

#include "kafka/kafka.h"

jangle_transport_receive_fn jn_kafka_receive;

void jn_kafka_delivery_free(const struct jn_kafka *kafka,
                            struct jn_kafka_delivery *delivery);

#endif
