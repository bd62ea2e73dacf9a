/* memory.h - the memory of the system, for who gives none. */
#ifndef JN_REDIS_MEMORY_H
#define JN_REDIS_MEMORY_H

#include <jangle/plugin/support.h>

extern const struct jangle_allocator jn_redis_memory_system;

#endif
