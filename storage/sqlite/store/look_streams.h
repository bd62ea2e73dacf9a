/* look_streams.h - the list of streams for a look. */
#ifndef JN_SQLITE_LOOK_STREAMS_H
#define JN_SQLITE_LOOK_STREAMS_H

#include "sqlite/store/sqlite_store.h"

jangle_store_look_streams_fn jn_sqlite_look_streams;

#endif
