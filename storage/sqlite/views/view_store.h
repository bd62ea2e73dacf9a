/* view_store.h - where views live: which file is whose, and the table of what can be
 * done with one. */
#ifndef JN_VIEW_STORE_H
#define JN_VIEW_STORE_H

#include "sqlite/views/view_file.h"

/* Views beside `path`; in memory if it is NULL. `vfs` may be NULL: SQLite's choice. A
 * follower makes and writes none. */
enum jangle_result jn_sqlite_views_open(const char *path,
                                        const char *vfs,
                                        bool follower,
                                        const struct jangle_host *host,
                                        struct jangle_view_store **views,
                                        struct jangle_error *error);

#endif
