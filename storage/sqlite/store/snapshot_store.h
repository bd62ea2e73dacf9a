/* snapshot_store.h - snapshots, in the store's file or in one of their own. They are
 * written by the connection that writes the events, unsynced: the next command's commit
 * syncs them, too. */
#ifndef JN_SQLITE_SNAPSHOT_STORE_H
#define JN_SQLITE_SNAPSHOT_STORE_H

#include "sqlite/store/sqlite_store.h"

enum jangle_result jn_sqlite_snapshots_open(struct jn_file *file,
                                            struct jangle_snapshot_store **snapshots,
                                            struct jangle_error *error);

#endif
