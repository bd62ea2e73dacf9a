/* owners.h - which process owns a subscriber. */
#ifndef JN_OWNERS_H
#define JN_OWNERS_H

#include "sqlite/store/sqlite_store.h"

jangle_store_own_fn jn_sqlite_own;
jangle_store_disown_fn jn_sqlite_disown;
jangle_store_read_owners_fn jn_sqlite_read_owners;

/* With the writer lock: the number of a subscriber that this process owns, which is in
 * place of its name in other tables; 0: it does not own it. */
int64_t jn_sqlite_owned_number(struct jn_sqlite_store *store, const char *name);

void jn_sqlite_disown_all(struct jn_sqlite_store *store);

#endif
