/* flaky.c - the contracts, through a storage that could fail and is not asked to. */
#include "contract/contract.h"

#include <jangle/testing.h>

static struct jangle_storage flaky_memory(const char *path)
{
    static struct jangle_flaky flaky;

    (void)path;
    flaky.storage = jangle_memory();
    return jangle_storage_flaky(&flaky);
}

int main(void)
{
    const struct backend backend = {.name = "flaky", .storage = flaky_memory};

    return store_contract(&backend) + snapshot_store_contract(&backend);
}
