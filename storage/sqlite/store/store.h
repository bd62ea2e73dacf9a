/* store.h - open the event store and the snapshot store of a file. */
#ifndef JN_SQLITE_STORE_STORE_H
#define JN_SQLITE_STORE_STORE_H

#include "sqlite/store/sqlite_store.h"

/* Open both stores in one file. `options` are those of the descriptor, with the defaults
 * filled in. A follower and a look write nothing. If it fails both are NULL. */
enum jangle_result jn_sqlite_stores_open(const struct jangle_storage *storage,
                                         const struct jangle_sqlite_options *options,
                                         enum jn_file_use use,
                                         const struct jangle_host *host,
                                         struct jangle_store **store,
                                         struct jangle_snapshot_store **snapshots,
                                         struct jangle_error *error);

#endif
