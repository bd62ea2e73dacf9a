/* row.h - rows: how they are made, and held for a visit. */
#ifndef JN_ROW_H
#define JN_ROW_H

#include "memory/memory.h"

/* Copy a text to `*at`, and move on behind it. NULL stays NULL. */
const char *jn_memory_pack(char **at, const char *text);

struct jn_row *jn_memory_checkpoint_row(struct jn_memory_store *store,
                                        const char *subscriber,
                                        const struct jangle_checkpoint *checkpoint);
struct jn_row *jn_memory_parked_row(struct jn_memory_store *store,
                                    const char *subscriber,
                                    const struct jangle_parked *parked);
struct jn_row *jn_memory_delivery_row(struct jn_memory_store *store,
                                      const struct jangle_delivery_step *step);
struct jn_row *jn_memory_saga_row(struct jn_memory_store *store,
                                  const struct jangle_saga_record *saga);

/* A step does not say whose it is: its row holds the texts of its key, too. */
struct jn_row *jn_memory_step_row(struct jn_memory_store *store,
                                  const struct jangle_saga_record *saga,
                                  const struct jangle_step *step,
                                  struct jn_key *key);

/* Put a row whose maker has no more use for it, also if that fails. NO_MEMORY. */
enum jangle_result jn_memory_give(struct jn_memory_store *store,
                                  struct jn_table *table,
                                  const struct jn_key *key,
                                  struct jn_row *row);

/* Take a reference for a later visit. NO_MEMORY. */
enum jangle_result jn_memory_pick(struct jn_memory_store *store,
                                  struct jn_picked *picked,
                                  struct jn_row *row);

/* Drop what was picked; takes the lock. */
void jn_memory_unpick(struct jn_memory_store *store, struct jn_picked *picked);

#endif
