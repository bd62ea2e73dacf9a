/* view_store.h - open the view store. */
#ifndef JN_VIEW_STORE_H
#define JN_VIEW_STORE_H

#include "sqlite/views/view_file.h"

/* Views are in files beside `path`, or in memory if it is NULL. `vfs` may be NULL, which
 * is SQLite's default. A follower makes and writes no view. */
enum jangle_result jn_sqlite_views_open(const char *path,
                                        const char *vfs,
                                        enum jn_file_use use,
                                        const struct jangle_host *host,
                                        struct jangle_view_store **views,
                                        struct jangle_error *error);

#endif
