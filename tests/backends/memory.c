/* memory.c - the contracts, kept in memory. */
#include "contract/contract.h"

#include <jangle/config.h>

static struct jangle_storage memory(const char *path)
{
    (void)path;
    return jangle_memory();
}

int main(void)
{
    const struct backend backend = {.name = "memory", .storage = memory};

    return store_contract(&backend) + snapshot_store_contract(&backend);
}
