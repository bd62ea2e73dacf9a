/* pauses.h - what an operator has decided about a name: that it is paused, or goes on. */
#ifndef JN_MEMORY_PAUSES_H
#define JN_MEMORY_PAUSES_H

#include "memory/memory.h"

jangle_store_set_pause_fn jn_memory_set_pause;
jangle_store_read_pauses_fn jn_memory_read_pauses;

/* Under the store's lock, and in the journal: give a pause to another name, which keeps
 * the one that it has. A `name` of NULL: delete it. NO_MEMORY. */
enum jangle_result jn_memory_rename_pause(struct jn_memory_store *store,
                                          const char *subscriber,
                                          const char *name);

#endif
