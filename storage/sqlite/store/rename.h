/* rename.h - another name for a subscriber and its sagas, or none at all. The name is
 * part of each row's checksum. A row that does not fit its old one gets no new one that
 * fits: what was damaged under the old name is so under the new. */
#ifndef JN_RENAME_H
#define JN_RENAME_H

#include "sqlite/store/sqlite_store.h"

jangle_store_rename_fn jn_sqlite_rename;

#endif
