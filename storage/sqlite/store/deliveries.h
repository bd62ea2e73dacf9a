/* deliveries.h - read parked keys and delivery steps. */
#ifndef JN_DELIVERIES_H
#define JN_DELIVERIES_H

#include "sqlite/store/sqlite_store.h"

jangle_store_read_parked_fn jn_sqlite_read_parked;
jangle_store_read_delivery_fn jn_sqlite_read_delivery;

#endif
