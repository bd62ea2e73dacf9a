/* sessions.h - which processes have the store open to write. */
#ifndef JN_SESSIONS_H
#define JN_SESSIONS_H

#include "sqlite/store/sqlite_store.h"

jangle_store_read_sessions_fn jn_sqlite_read_sessions;

#endif
