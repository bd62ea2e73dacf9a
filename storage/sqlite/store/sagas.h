/* sagas.h - writing sagas, and what they did, step by step. */
#ifndef JN_SQLITE_SAGAS_H
#define JN_SQLITE_SAGAS_H

#include "sqlite/store/sqlite_store.h"

/* A step's columns, from `index` on: id, kind, type, result, reply, position, version.
 * The last two are the receipt's (may be NULL) if the step has none. */
void jn_bind_step(sqlite3_stmt *statement,
                  int index,
                  const struct jangle_step *step,
                  const struct jangle_receipt *receipt);

/* Check first and write then: CONFLICT and INVALID come before anything is
 * written. Any other failure leaves the run broken. */
enum jangle_result jn_saga_write(struct jn_run *run,
                                 const struct jangle_saga_record *record,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error);

#endif
