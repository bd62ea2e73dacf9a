/* memory.h - the memory of the system. */
#ifndef JN_AWS_MEMORY_H
#define JN_AWS_MEMORY_H

#include <jangle/plugin/support.h>

extern const struct jangle_allocator jn_aws_system_memory;

#endif
