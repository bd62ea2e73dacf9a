/* tidy.h - housekeeping: a little at a poll, and not more often than once a second. */
#ifndef JN_TIDY_H
#define JN_TIDY_H

#include "core/engine.h"

/* At open: note the time of the last event, which tells how old an id can be. */
void jn_tidy_open(struct jangle *jangle);

/* Do what is due; raise `done` if there is more to do. It cannot fail: what harms nobody
 * today is tried again. */
void jn_tidy(struct jangle *jangle, int64_t *done);

#endif
