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

/* Commit one append and its attachments (may be NULL). Returns when the append is
 * settled; its fields say how. TIMEOUT: it has not joined a group by `until_us` of
 * jn_monotonic_us; a negative time waits for ever. BUSY, STORAGE, NO_MEMORY: nothing of
 * it is stored. UNKNOWN: the store cannot say whether it is stored. */
enum jangle_result jn_committer_send(struct jn_committer *committer,
                                     struct jangle_append *append,
                                     const struct jn_attachments *attachments,
                                     int64_t until_us,
                                     struct jangle_error *error);

/* Write all checkpoints that wait, in the next group that begins, whichever thread leads
 * it. Returns when that group is done, with its result. Marks that it could not write are
 * taken over by a later group, whose result may be returned then. */
enum jangle_result jn_committer_flush(struct jn_committer *committer,
                                      struct jangle_error *error);

#endif
