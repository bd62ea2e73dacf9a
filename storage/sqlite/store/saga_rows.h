/* saga_rows.h - reading sagas, and what they did, step by step. */
#ifndef JN_SAGA_ROWS_H
#define JN_SAGA_ROWS_H

#include "sqlite/store/sqlite_store.h"

/* Read the columns of a step, in the order of jn_bind_step (sagas.h), from `column` on.
 * Its texts are kept in the rows. */
void jn_columns_step(struct jn_columns *columns, int column, struct jangle_step *step);

enum jangle_result jn_sqlite_read_saga(struct jangle_store *store,
                                       const char *saga,
                                       const char *id,
                                       jangle_saga_fn *visit,
                                       void *context,
                                       struct jangle_error *error);

enum jangle_result jn_sqlite_read_due_sagas(struct jangle_store *store,
                                            jangle_time now,
                                            size_t limit,
                                            jangle_saga_fn *visit,
                                            void *context,
                                            struct jangle_error *error);

enum jangle_result jn_sqlite_read_sagas(struct jangle_store *store,
                                        const char *saga,
                                        enum jangle_saga_status status,
                                        const char *id,
                                        size_t limit,
                                        jangle_saga_fn *visit,
                                        void *context,
                                        struct jangle_error *error);

#endif
