/* committer.h - group commit: senders share the machine, and lead in turn. */
#ifndef JN_COMMITTER_H
#define JN_COMMITTER_H

#include "command/commit.h"

enum jangle_result jn_committer_init(struct jn_committer *committer,
                                     struct jangle_store *store,
                                     int64_t group_limit,
                                     int64_t queue_limit,
                                     const struct jangle_allocator *allocator);
void jn_committer_finish(struct jn_committer *committer);

/* Commit one append and its company (may be NULL): returns when it is settled, in it.
 * TIMEOUT if it has not joined a
 * group by `until_us` of jn_monotonic_us (negative: for ever). BUSY, STORAGE, NO_MEMORY:
 * nothing of it is stored; UNKNOWN: as the store has it. */
enum jangle_result jn_committer_send(struct jn_committer *committer,
                                     struct jangle_append *append,
                                     const struct jn_company *company,
                                     int64_t until_us,
                                     struct jangle_error *error);

/* Write what marks there are, with whatever waits, in the next group that is begun, by
 * whomever; return when that is done, and what befell it or one after it, which has what
 * it could not write. */
enum jangle_result jn_committer_flush(struct jn_committer *committer,
                                      struct jangle_error *error);

#endif
