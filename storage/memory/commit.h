/* commit.h - store a group. Each part is stored or refused on its own; if there is no
 * memory for all of them, nothing is stored. */
#ifndef JN_MEMORY_COMMIT_H
#define JN_MEMORY_COMMIT_H

#include "memory/memory.h"

jangle_store_commit_fn jn_memory_commit;

#endif
