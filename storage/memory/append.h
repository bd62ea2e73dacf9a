/* append.h - store the events of one command at the end of the log, or none of them. The
 * caller holds the store's lock. These changes are not in the journal, because events and
 * commands are only added at an end: jn_memory_take_back undoes them. */
#ifndef JN_MEMORY_APPEND_H
#define JN_MEMORY_APPEND_H

#include "memory/memory.h"

/* Store an append and fill in `repeated` and the position of the receipt. CONFLICT and
 * INVALID concern this append alone and have a sentence in append->error; NO_MEMORY
 * concerns the whole group. After each of them the caller must take back what
 * was stored. */
enum jangle_result jn_memory_append(struct jn_memory_store *store,
                                    struct jangle_append *append);

/* Fill in the positions and versions of a stored append, or the first receipt of a
 * repeated one. */
void jn_memory_tell(const struct jn_memory_store *store, struct jangle_append *append);

/* Delete all events except the first `event_count`, and all commands after `newest`. */
void jn_memory_take_back(struct jn_memory_store *store,
                         size_t event_count,
                         const struct jn_command *newest);

/* Delete the receipt of a command. */
void jn_memory_forget_command(struct jn_memory_store *store, struct jn_command *command);

#endif
