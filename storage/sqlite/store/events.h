/* events.h - read events, and check that each is what was stored. */
#ifndef JN_EVENTS_H
#define JN_EVENTS_H

#include "sqlite/store/sqlite_store.h"

jangle_store_read_stream_fn jn_sqlite_read_stream;
jangle_store_read_all_fn jn_sqlite_read_all;

#endif
