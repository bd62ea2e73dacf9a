/* saga_time.h - where a timeout has its place in the history of its saga. */
#ifndef JN_SAGA_TIME_H
#define JN_SAGA_TIME_H

#include "saga/saga.h"

/* When an event happened, as far as its saga is concerned: no later than now. */
jangle_time jn_saga_event_time(const struct jangle_event *event, jangle_time now);

/* Did the event happen when the saga's timeout should have had its turn? */
bool jn_saga_is_after_timeout(const struct jn_saga *saga,
                              const struct jangle_event *event,
                              jangle_time now);

/* When somebody must look at it, if its timeout is then: at once if the turn of a timeout
 * is open and no parked row sees to it; later than `timeout_at` if an event's turn began
 * late. Zero: never. */
jangle_time jn_saga_due_at(const struct jn_saga *saga, jangle_time timeout_at);

#endif
