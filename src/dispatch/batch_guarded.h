/* batch_guarded.h - new events after a crash: those that the process may have died of
 * are handled one by one, under the crash guard. */
#ifndef JN_BATCH_GUARDED_H
#define JN_BATCH_GUARDED_H

#include "dispatch/batch.h"

/* One by one, and each attempt is written down first: after a crash. */
bool jn_batch_is_guarded(const struct jn_batch *batch);
enum jangle_result jn_batch_guarded(struct jn_batch *batch, struct jangle_error *error);

#endif
