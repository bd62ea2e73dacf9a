/* memory.h - the memory of the system: for who gives none, and what libnats has
 * allocated. */
#ifndef JN_NATS_MEMORY_H
#define JN_NATS_MEMORY_H

#include "nats/jetstream.h"

extern const struct jangle_allocator jn_nats_system_memory;

/* Free a list, or a text, that a function of libnats has returned. NULL is none. */
void jn_nats_free_list(const char **list);
void jn_nats_free_text(char *text);

#endif
