/* row.h - make rows, and hold them for a visit. */
#ifndef JN_MEMORY_ROW_H
#define JN_MEMORY_ROW_H

#include "memory/memory.h"

#include <stddef.h>

/* Copy a text to `*at`, move `*at` behind the copy and return it. NULL stays NULL. */
const char *jn_memory_pack(char **at, const char *text);

/* Where a text of a row is: JN_TEXT_OF(parked.key). */
#define JN_TEXT_OF(member) offsetof(struct jn_memory_row, as.member)

/* Make a row with one reference, which belongs to the caller; NULL if there is no memory.
 * It is a copy of `content`. Behind it is room for `byte_count` bytes, and then copies of
 * its texts: `texts` says where they are, and ends with 0. NULL stays NULL. */
struct jn_memory_row *jn_memory_new_row(struct jn_memory_store *store,
                                        const struct jn_memory_row *content,
                                        size_t byte_count,
                                        const size_t *texts);

/* Put a row into a table and drop the caller's reference, also if it fails. Called under
 * the store's lock; the change is in the journal. NO_MEMORY. */
enum jangle_result jn_memory_give(struct jn_memory_store *store,
                                  struct jn_table *table,
                                  const struct jn_key *key,
                                  struct jn_memory_row *row);

/* Under the store's lock: keep a row for a later visit, with a reference. */
void jn_memory_pick(struct jn_memory_store *store,
                    struct jn_picked *picked,
                    struct jn_memory_row *row);

/* Release the store's lock after picking. NO_MEMORY, with the sentence "memory store: no
 * room to WHAT", if a row could not be kept. */
enum jangle_result jn_memory_end_picking(struct jn_memory_store *store,
                                         const struct jn_picked *picked,
                                         const char *what,
                                         struct jangle_error *error);

/* Drop the references of all picked rows. Takes the lock. */
void jn_memory_unpick(struct jn_memory_store *store, struct jn_picked *picked);

#endif
