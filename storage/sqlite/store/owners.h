/* owners.h - which process runs a subscriber: a locked byte each, and a note that is
 * found when an owner dies. */
#ifndef JN_OWNERS_H
#define JN_OWNERS_H

#include "sqlite/store/sqlite_store.h"

enum jangle_result jn_sqlite_own(struct jangle_store *store,
                                 const char *subscriber,
                                 bool *unclean,
                                 struct jangle_error *error);

void jn_sqlite_disown(struct jangle_store *store, const char *subscriber);

void jn_sqlite_disown_all(struct jn_sqlite_store *store);

#endif
