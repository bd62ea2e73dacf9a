/* sqlite.c - the contracts, kept in one file by SQLite. */
#include "contract/contract.h"
#include "support/stores/sqlite_damage.h"

#include <jangle/config.h>

int main(void)
{
    const struct backend backend = {.name = "sqlite",
                                    .storage = jangle_sqlite,
                                    .durable = true,
                                    .damage = sqlite_damage};

    return store_contract(&backend) + snapshot_store_contract(&backend);
}
