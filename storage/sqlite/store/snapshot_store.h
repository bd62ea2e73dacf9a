/* snapshot_store.h - the snapshot store, in the store's file or in a file of its own.
 * Snapshots are written by the connection that writes the events, without a sync: the
 * commit of the next command syncs them, too. */
#ifndef JN_SQLITE_SNAPSHOT_STORE_H
#define JN_SQLITE_SNAPSHOT_STORE_H

#include "sqlite/store/sqlite_store.h"

enum jangle_result jn_sqlite_snapshots_open(struct jn_file *file,
                                            struct jangle_snapshot_store **snapshots,
                                            struct jangle_error *error);

#endif
