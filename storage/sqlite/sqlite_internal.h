/* sqlite_internal.h - the parts that the front doors of this folder are made of. */
#ifndef JN_SQLITE_INTERNAL_H
#define JN_SQLITE_INTERNAL_H

#include <jangle/config.h>
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>

/* The events and the snapshots, in one file. `options` is complete. A follower writes
 * nothing. On failure both are NULL. */
enum jangle_result jn_sqlite_stores_open(const char *path,
                                         const struct jangle_sqlite_options *options,
                                         bool follower,
                                         const struct jangle_host *host,
                                         struct jangle_store **store,
                                         struct jangle_snapshot_store **snapshots,
                                         struct jangle_error *error);

/* Views beside `path`; in memory if it is NULL. `vfs` may be NULL: SQLite's choice. A
 * follower makes and writes none. */
enum jangle_result jn_sqlite_views_open(const char *path,
                                        const char *vfs,
                                        bool follower,
                                        const struct jangle_host *host,
                                        struct jangle_view_store **views,
                                        struct jangle_error *error);

#endif
