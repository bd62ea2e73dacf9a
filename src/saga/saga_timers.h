/* saga_timers.h - timeouts of sagas: found when they are due, and run. */
#ifndef JN_SAGA_TIMERS_H
#define JN_SAGA_TIMERS_H

#include "subscription/subscription.h"

/* Ask the store whose timeouts are due at that time, and note it in their subscriptions.
 * `head` is that of the log, read after that time. */
enum jangle_result jn_timers_look(struct jangle *jangle,
                                  jangle_time at,
                                  int64_t head,
                                  struct jangle_error *error);

/* Count the timeouts of this program's sagas that are to come. */
enum jangle_result
jn_timers_count(struct jangle *jangle, int64_t *future, struct jangle_error *error);

/* A run of the subscription: let timeouts that are due have their turns; or only the one
 * that `row` stands for, if it is not NULL. */
enum jangle_result jn_timers_run(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 int64_t *done,
                                 struct jangle_error *error);

/* Free the scans that are under way. Called before dispatch is closed. */
void jn_timers_close(struct jangle *jangle);

#endif
