/* backup.h - a copy of the store, as of one commit, while others go on. */
#ifndef JN_BACKUP_H
#define JN_BACKUP_H

#include "sqlite/store/sqlite_store.h"

enum jangle_result
jn_sqlite_backup(struct jangle_store *store,
                 const char *path,
                 bool (*step)(void *context, int64_t done, int64_t total),
                 void *context,
                 struct jangle_error *error);

#endif
