/* append.h - one command's events at the end of the log, or nothing of them. */
#ifndef JN_MEMORY_APPEND_H
#define JN_MEMORY_APPEND_H

#include "memory/memory.h"

/* Append, or not: CONFLICT, INVALID, each with its sentence in append->error, or
 * NO_MEMORY, which is the whole group's; then the caller takes back what was done. Fills
 * in repeated, and the receipt's position. */
enum jangle_result jn_memory_append(struct jn_memory_store *store,
                                    struct jangle_append *append);

/* Fill in what a stored append is told: positions, versions, the receipt. */
void jn_memory_tell(const struct jn_memory_store *store, struct jangle_append *append);

/* Take back all appends but the first so many events, and what came after `newest`. */
void jn_memory_take_back(struct jn_memory_store *store,
                         size_t event_count,
                         const struct jn_command *newest);

/* Forget a command. */
void jn_memory_forget_command(struct jn_memory_store *store, struct jn_command *command);

#endif
