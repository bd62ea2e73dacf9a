/* owners.h - which process owns a subscriber. */
#ifndef JN_OWNERS_H
#define JN_OWNERS_H

#include "sqlite/store/sqlite_store.h"

jangle_store_own_fn jn_sqlite_own;
jangle_store_disown_fn jn_sqlite_disown;

void jn_sqlite_disown_all(struct jn_sqlite_store *store);

#endif
