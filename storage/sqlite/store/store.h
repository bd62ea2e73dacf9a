/* store.h - the event store's table, and its smaller operations. */
#ifndef JN_SQLITE_STORE_STORE_H
#define JN_SQLITE_STORE_STORE_H

#include "sqlite/store/sqlite_store.h"

/* The events and the snapshots, in one file. `options` is complete. A follower writes
 * nothing. On failure both are NULL. */
enum jangle_result jn_sqlite_stores_open(const char *path,
                                         const struct jangle_sqlite_options *options,
                                         bool follower,
                                         const struct jangle_host *host,
                                         struct jangle_store **store,
                                         struct jangle_snapshot_store **snapshots,
                                         struct jangle_error *error);

#endif
