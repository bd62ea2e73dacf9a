/* commit.h - a group: every part is done or refused by itself; without memory for all
 * of them, nothing is. */
#ifndef JN_MEMORY_COMMIT_H
#define JN_MEMORY_COMMIT_H

#include "memory/memory.h"

jangle_store_commit_fn jn_memory_commit;

#endif
