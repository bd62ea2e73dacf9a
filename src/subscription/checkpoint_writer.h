/* checkpoint_writer.h - checkpoints that are not stored yet: commits take them along, and
 * report what became of them. */
#ifndef JN_CHECKPOINT_WRITER_H
#define JN_CHECKPOINT_WRITER_H

#include "subscription/subscription.h"

/* What the committer takes checkpoints from, and reports to. */
struct jn_checkpoint_source jn_checkpoint_source_of(struct jn_dispatch *dispatch);

/* Has the store still to learn of its position, suspension or parked keys? Under the
 * mutex. */
bool jn_checkpoint_is_unsaved(const struct jn_subscription *subscription);

/* Store now what is not stored yet. BUSY if that was not possible, for another process
 * has the writer lock, say; or what the store returns. */
enum jangle_result jn_checkpoint_save(const struct jn_subscription *subscription,
                                      struct jangle_error *error);

/* Do as jn_checkpoint_save if the subscriber says JANGLE_AT_ONCE, or if JN_WINDOW_COUNT
 * events are not stored as handled. On failure nothing more may be delivered. */
enum jangle_result jn_checkpoint_save_at_once(const struct jn_subscription *subscription,
                                              struct jangle_error *error);

#endif
