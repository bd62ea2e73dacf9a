/* sagas.h - read sagas and their steps. */
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

/* A time that may be NULL, which means never. */
jangle_time jn_columns_optional_time(struct jn_columns *columns, int column);

jangle_store_read_saga_fn jn_sqlite_read_saga;
jangle_store_read_due_sagas_fn jn_sqlite_read_due_sagas;
jangle_store_read_sagas_fn jn_sqlite_read_sagas;

#endif
