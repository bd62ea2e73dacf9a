/* events.h - reading what is stored, and making sure that it is what was stored. A page
 * is read in one short transaction and kept; only then is anybody called, who may take
 * his time and call the store again. */
#ifndef JN_EVENTS_H
#define JN_EVENTS_H

#include "sqlite/store/sqlite_store.h"

jangle_store_read_stream_fn jn_sqlite_read_stream;
jangle_store_read_all_fn jn_sqlite_read_all;

#endif
