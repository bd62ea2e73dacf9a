/* sagas.h - sagas and their steps: how they are changed and read. */
#ifndef JN_MEMORY_SAGAS_H
#define JN_MEMORY_SAGAS_H

#include "memory/memory.h"

/* Rename the sagas of that name; if the new name is NULL, forget them. NO_MEMORY. */
enum jangle_result
jn_memory_rename_sagas(struct jn_memory_store *store, const char *saga, const char *name);

jangle_store_read_saga_fn jn_memory_read_saga;
jangle_store_read_due_sagas_fn jn_memory_read_due_sagas;
jangle_store_read_sagas_fn jn_memory_read_sagas;

/* Store a saga. CONFLICT if another has stored it since, with a sentence in the error of
 * the part; NO_MEMORY. */
enum jangle_result jn_memory_put_saga(struct jn_memory_store *store,
                                      struct jangle_saga_record *saga);

#endif
