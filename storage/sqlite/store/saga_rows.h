/* saga_rows.h - read sagas and their steps. */
#ifndef JN_SAGA_ROWS_H
#define JN_SAGA_ROWS_H

#include "sqlite/store/sqlite_store.h"

/* Read the columns of a step, in the order of JN_BIND_STEP (sagas.h), from `column` on.
 * Its texts are kept in the rows. */
void jn_columns_step(struct jn_columns *columns, int column, struct jangle_step *step);

jangle_store_read_saga_fn jn_sqlite_read_saga;
jangle_store_read_due_sagas_fn jn_sqlite_read_due_sagas;
jangle_store_read_sagas_fn jn_sqlite_read_sagas;

#endif
