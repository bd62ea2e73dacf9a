/* row.h - make rows, and hold them for a visit. Each function that makes a row returns it
 * with one reference, which belongs to the caller; NULL means that there is no memory. */
#ifndef JN_MEMORY_ROW_H
#define JN_MEMORY_ROW_H

#include "memory/memory.h"

/* Copy a text to `*at`, move `*at` behind the copy and return it. NULL stays NULL. */
const char *jn_memory_pack(char **at, const char *text);

struct jn_memory_row *
jn_memory_checkpoint_row(struct jn_memory_store *store,
                         const char *subscriber,
                         const struct jangle_checkpoint *checkpoint);
struct jn_memory_row *jn_memory_parked_row(struct jn_memory_store *store,
                                           const char *subscriber,
                                           const struct jangle_parked *parked);
struct jn_memory_row *jn_memory_delivery_row(struct jn_memory_store *store,
                                             const struct jangle_delivery_step *step);
struct jn_memory_row *jn_memory_saga_row(struct jn_memory_store *store,
                                         const struct jangle_saga_record *saga);

/* The row of a saga's step. A step does not hold the names of its saga, so the row holds
 * them too, and `key` is filled in to point to them. */
struct jn_memory_row *jn_memory_step_row(struct jn_memory_store *store,
                                         const struct jangle_saga_record *saga,
                                         const struct jangle_step *step,
                                         struct jn_key *key);

/* Put a row into a table and drop the caller's reference, also if it fails. Called under
 * the store's lock; the change is in the journal. NO_MEMORY. */
enum jangle_result jn_memory_give(struct jn_memory_store *store,
                                  struct jn_table *table,
                                  const struct jn_key *key,
                                  struct jn_memory_row *row);

/* Under the store's lock: keep a row for a later visit, with a reference. NO_MEMORY. */
enum jangle_result jn_memory_pick(struct jn_memory_store *store,
                                  struct jn_picked *picked,
                                  struct jn_memory_row *row);

/* Drop the references of all picked rows. Takes the lock. */
void jn_memory_unpick(struct jn_memory_store *store, struct jn_picked *picked);

#endif
