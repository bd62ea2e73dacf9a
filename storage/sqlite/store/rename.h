/* rename.h - give a subscriber and its sagas another name, or delete them.
 *
 * The name is part of the checksum of each row. A damaged row gets no checksum that fits,
 * so it is as damaged under the new name. */
#ifndef JN_RENAME_H
#define JN_RENAME_H

#include "sqlite/store/sqlite_store.h"

jangle_store_rename_fn jn_sqlite_rename;

#endif
