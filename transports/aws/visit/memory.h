/* memory.h - the memory of the system, for who gives none. */
#ifndef JN_VISIT_MEMORY_H
#define JN_VISIT_MEMORY_H

#include <jangle/plugin/storage.h>

extern const struct jangle_allocator jn_visit_system_memory;

#endif
