/* batch_guarded.h - new events after a crash: those that the process may have died of
 * are handled one by one, under the crash guard. */
#ifndef JN_BATCH_GUARDED_H
#define JN_BATCH_GUARDED_H

#include "dispatch/batch.h"

/* Must the batch's events be handled one by one, because the last process may have died
 * of one of them? */
bool jn_batch_is_guarded(const struct jn_batch *batch);

/* Handle them so: each attempt is written down before it is made. */
enum jangle_result jn_batch_guarded(struct jn_batch *batch, struct jangle_error *error);

#endif
