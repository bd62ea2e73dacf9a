/* stores.h - the stores of an instance: opened from what the configuration
 * names, closed. */
#ifndef JN_STORES_H
#define JN_STORES_H

#include "core/engine.h"

/* Open events, snapshots and views, and read where the log ends. After a failure, too,
 * jn_stores_close closes what was opened. */
enum jangle_result jn_stores_open(struct jangle *jangle, struct jangle_error *error);
void jn_stores_close(struct jangle *jangle);

/* INVALID, and `stores` is zeroed, if they were made for another version of the
 * contract. */
enum jangle_result jn_stores_check(const struct jangle_storage *storage,
                                   struct jangle_stores *stores,
                                   struct jangle_error *error);

/* Close those that a storage has opened; each may be NULL, and is NULL afterwards. */
void jn_stores_finish(struct jangle_stores *stores);

#endif
