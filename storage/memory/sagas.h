/* sagas.h - change and read sagas and their steps. What changes them is called under the
 * store's lock and writes each change to the journal. */
#ifndef JN_MEMORY_SAGAS_H
#define JN_MEMORY_SAGAS_H

#include "memory/memory.h"

/* Give the sagas of the type `saga` another name; if it is NULL, delete them.
 * NO_MEMORY. */
enum jangle_result
jn_memory_rename_sagas(struct jn_memory_store *store, const char *saga, const char *name);

jangle_store_read_saga_fn jn_memory_read_saga;
jangle_store_read_due_sagas_fn jn_memory_read_due_sagas;
jangle_store_read_sagas_fn jn_memory_read_sagas;

/* Store a saga and its new steps. CONFLICT, with a sentence in the part's error, if the
 * stored version is not the one before; NO_MEMORY. */
enum jangle_result jn_memory_put_saga(struct jn_memory_store *store,
                                      struct jangle_saga_record *saga);

#endif
