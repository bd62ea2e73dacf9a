/* backup.h - copy the store as it was after one commit, while others write. */
#ifndef JN_BACKUP_H
#define JN_BACKUP_H

#include "sqlite/store/sqlite_store.h"

jangle_store_backup_fn jn_sqlite_backup;

#endif
