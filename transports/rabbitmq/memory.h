/* memory.h - the memory of the system, for who gives none. */
#ifndef JN_RABBIT_MEMORY_H
#define JN_RABBIT_MEMORY_H

#include "rabbitmq/rabbit.h"

extern const struct jangle_allocator jn_rabbit_system_memory;

#endif
