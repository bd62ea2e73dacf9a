/* look.h - how tools see the store: events as they are, damaged ones, too. */
#ifndef JN_SQLITE_LOOK_H
#define JN_SQLITE_LOOK_H

#include "sqlite/store/sqlite_store.h"

extern const struct jangle_store_look_ops jn_sqlite_look_ops;

#endif
