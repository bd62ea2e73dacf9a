/* deliveries.h - reading what waits, and what deliveries have sent. */
#ifndef JN_DELIVERIES_H
#define JN_DELIVERIES_H

#include "sqlite/store/sqlite_store.h"

enum jangle_result jn_sqlite_read_parked(struct jangle_store *store,
                                         const char *subscriber,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error);

enum jangle_result jn_sqlite_read_delivery(struct jangle_store *store,
                                           const char *subscriber,
                                           int64_t position,
                                           jangle_delivery_step_fn *visit,
                                           void *context,
                                           struct jangle_error *error);

#endif
