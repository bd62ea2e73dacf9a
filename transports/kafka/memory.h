/* memory.h - the memory of the system, for who gives none. */
#ifndef JN_KAFKA_MEMORY_H
#define JN_KAFKA_MEMORY_H

#include "kafka/kafka.h"

extern const struct jangle_allocator jn_kafka_system_memory;

#endif
