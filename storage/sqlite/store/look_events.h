/* look_events.h - pages of events for a look. */
#ifndef JN_SQLITE_LOOK_EVENTS_H
#define JN_SQLITE_LOOK_EVENTS_H

#include "sqlite/store/sqlite_store.h"

jangle_store_look_events_fn jn_sqlite_look_events;

#endif
