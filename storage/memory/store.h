/* store.h - the event store in memory: opening, reading events, closing. */
#ifndef JN_MEMORY_STORE_H
#define JN_MEMORY_STORE_H

#include "memory/memory.h"

/* Open an empty store. NO_MEMORY. */
enum jangle_result jn_memory_store_open(const struct jangle_host *host,
                                        struct jangle_store **store,
                                        struct jangle_error *error);

#endif
