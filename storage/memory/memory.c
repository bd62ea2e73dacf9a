/* memory.c - jangle_memory: the constructor of a storage in memory, which is gone when
 * the program ends. */
#include "memory/memory.h"

#include "memory/snapshot_store.h"
#include "memory/store.h"

#include <jangle/config.h>

static enum jangle_result open_memory(const struct jangle_storage *storage,
                                      const struct jangle_host *host,
                                      struct jangle_stores *stores,
                                      struct jangle_error *error)
{
    struct jangle_stores opened = {0};
    enum jangle_result result;

    if (storage->follower)
        return jangle_error_set(error, JANGLE_INVALID,
                                "jangle_memory: a follower reads what another process "
                                "stores, and this store has one process");
    result = jn_memory_store_open(host, &opened.store, error);
    if (result)
        return result;
    result = jn_memory_snapshots_open(host, &opened.snapshots, error);
    if (result) {
        opened.store->ops->close(opened.store);
        return result;
    }
    *stores = opened;
    return JANGLE_OK;
}

struct jangle_storage jangle_memory(void)
{
    return (struct jangle_storage){.open = open_memory};
}
