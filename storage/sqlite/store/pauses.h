/* pauses.h - what an operator has decided about a name: that it is paused, or goes on. */
#ifndef JN_SQLITE_PAUSES_H
#define JN_SQLITE_PAUSES_H

#include "sqlite/store/sqlite_store.h"

/* In a transaction: give the pause of a subscriber to another name, which keeps the one
 * that it has. A `name` of NULL: delete it. */
enum jangle_result jn_pause_rename(struct jn_database *writer,
                                   const char *subscriber,
                                   const char *name,
                                   struct jangle_error *error);

/* In a transaction: write the pauses of a copy (ST-29). */
enum jangle_result
jn_pause_copy(struct jn_database *writer, jangle_time at, struct jangle_error *error);

jangle_store_set_pause_fn jn_sqlite_set_pause;
jangle_store_read_pauses_fn jn_sqlite_read_pauses;

#endif
