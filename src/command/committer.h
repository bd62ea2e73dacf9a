/* committer.h - group commit by the threads that send: one leads for all that wait. */
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
 * settled. TIMEOUT: it has not joined a group by `until_us` of jn_monotonic_us (negative:
 * without end). BUSY, STORAGE, NO_MEMORY: nothing of it is stored. UNKNOWN: the store
 * cannot say whether it is stored. */
enum jangle_result jn_committer_send(struct jn_committer *committer,
                                     struct jangle_append *append,
                                     const struct jn_attachments *attachments,
                                     int64_t until_us,
                                     struct jangle_error *error);

/* Save all checkpoints that wait, in the next group that begins, whichever thread leads
 * it. Returns the result of that group. Checkpoints that it could not save are taken by a
 * later group; then the result may be that group's. */
enum jangle_result jn_committer_flush(struct jn_committer *committer,
                                      struct jangle_error *error);

#endif
