/* batch_view.h - a batch of a view: its events in one transaction; when one fails, again
 * with a savepoint for each. */
#ifndef JN_BATCH_VIEW_H
#define JN_BATCH_VIEW_H

#include "dispatch/batch.h"

enum jangle_result jn_batch_together(struct jn_batch *batch, struct jangle_error *error);

#endif
