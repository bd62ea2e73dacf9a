/* checkpoint_writer.h - places that wait to be written: handed to commits, forgotten when
 * stored. */
#ifndef JN_CHECKPOINT_WRITER_H
#define JN_CHECKPOINT_WRITER_H

#include "subscription/subscription.h"

/* What commits take checkpoints from. */
struct jn_checkpoint_source jn_checkpoint_source_of(struct jn_dispatch *dispatch);

/* Is anything of it not stored? Under the mutex. */
bool jn_checkpoint_is_unsaved(const struct jn_subscription *subscription);

/* Write what is left now. BUSY, STORAGE and the like if it could not be. */
enum jangle_result jn_checkpoint_save(const struct jn_subscription *subscription,
                                      struct jangle_error *error);

/* Write what is left, as jn_checkpoint_save does, if the subscription checkpoints at once
 * or is far ahead of its checkpoint: until that is done, nothing more is delivered. */
enum jangle_result jn_checkpoint_save_at_once(const struct jn_subscription *subscription,
                                              struct jangle_error *error);

#endif
