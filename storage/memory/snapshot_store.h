/* snapshot_store.h - the latest snapshot of each stream, in memory. */
#ifndef JN_MEMORY_SNAPSHOT_STORE_H
#define JN_MEMORY_SNAPSHOT_STORE_H

#include "memory/memory.h"

/* Open an empty snapshot store. NO_MEMORY. */
enum jangle_result jn_memory_snapshots_open(const struct jangle_host *host,
                                            struct jangle_snapshot_store **snapshots,
                                            struct jangle_error *error);

#endif
