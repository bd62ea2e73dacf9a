/* commit.h - a group: every part is done or refused by itself; without memory for all
 * of them, nothing is. */
#ifndef JN_MEMORY_COMMIT_H
#define JN_MEMORY_COMMIT_H

#include "memory/memory.h"

enum jangle_result jn_memory_commit(struct jangle_store *base,
                                    struct jangle_group *group,
                                    struct jangle_error *error);

#endif
