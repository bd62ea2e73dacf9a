/* owners.h - who has the store open, and owns its subscribers: this process. */
#ifndef JN_MEMORY_OWNERS_H
#define JN_MEMORY_OWNERS_H

#include "memory/memory.h"

jangle_store_own_fn jn_memory_own;
jangle_store_disown_fn jn_memory_disown;
jangle_store_read_sessions_fn jn_memory_read_sessions;
jangle_store_read_owners_fn jn_memory_read_owners;

/* For the close: without the lock. */
void jn_memory_disown_all(struct jn_memory_store *store);

#endif
