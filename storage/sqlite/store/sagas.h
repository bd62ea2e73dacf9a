/* sagas.h - write sagas and their steps in a transaction. */
#ifndef JN_SQLITE_SAGAS_H
#define JN_SQLITE_SAGAS_H

#include "sqlite/store/sqlite_store.h"

/* Bind the columns of a step from `index` on: id, kind, type, result, reply, position,
 * version. The last two are those of the receipt (may be NULL) if the step has none. */
void jn_bind_step(sqlite3_stmt *statement,
                  int index,
                  const struct jangle_step *step,
                  const struct jangle_receipt *receipt);

/* Write a saga and its new steps. CONFLICT and INVALID come before anything is written;
 * any other failure sets `broken` of the run. */
enum jangle_result jn_saga_write(struct jn_run *run,
                                 const struct jangle_saga_record *record,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error);

#endif
