/* backup.h - a copy of the store, as of one commit, while others go on. */
#ifndef JN_BACKUP_H
#define JN_BACKUP_H

#include "sqlite/store/sqlite_store.h"

jangle_store_backup_fn jn_sqlite_backup;

#endif
