/* sagas.h - write sagas and their steps in a transaction, and read them. */
#ifndef JN_SQLITE_SAGAS_H
#define JN_SQLITE_SAGAS_H

#include "sqlite/store/sqlite_store.h"

/* The columns of a step, as parameters. */
#define JN_BIND_STEP(step)                                                               \
    JN_BIND_BYTES((step).id, sizeof(step).id), JN_BIND_NUMBER((step).kind),              \
        JN_BIND_TEXT((step).type), JN_BIND_NUMBER((step).result),                        \
        JN_BIND_TEXT((step).reply), JN_BIND_NUMBER((step).position),                     \
        JN_BIND_NUMBER((step).version)

/* Read the same columns, in the same order, from `column` on. Texts are kept in the rows.
 */
void jn_columns_step(struct jn_columns *columns, int column, struct jangle_step *step);

/* The step as it is stored: position and version are those of the receipt (may be NULL)
 * if the step has none. */
struct jangle_step jn_step_with(const struct jangle_step *step,
                                const struct jangle_receipt *receipt);

/* Write a saga and its new steps. CONFLICT and INVALID come before anything is written;
 * any other failure sets `broken` of the run. */
enum jangle_result jn_saga_write(struct jn_run *run,
                                 const struct jangle_saga_record *record,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error);

jangle_store_read_saga_fn jn_sqlite_read_saga;
jangle_store_read_due_sagas_fn jn_sqlite_read_due_sagas;
jangle_store_read_sagas_fn jn_sqlite_read_sagas;

#endif
