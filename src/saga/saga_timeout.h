/* saga_timeout.h - the turn of a saga whose timeout is due. */
#ifndef JN_SAGA_TIMEOUT_H
#define JN_SAGA_TIMEOUT_H

#include "subscription/subscription.h"

struct jn_saga;
struct jn_due_saga;

/* Run the turn of one saga whose timeout is due at that time, if it still is. `waiting`:
 * the events that the saga has not been given, because its key is parked; they are closed
 * with its open turn. NULL: it has been given all. `ran` is false if the timeout still
 * has to wait. */
enum jangle_result jn_timeout_run(struct jn_subscription *subscription,
                                  const char *id,
                                  jangle_time at,
                                  const struct jn_due_saga *waiting,
                                  bool *ran,
                                  struct jangle_error *error);

/* Begin the turn of a timeout that is due. An event's turn that is open is closed where
 * it stands, so that what it did can be recalled. The events that wait behind that turn
 * are taken into the state, so that the timeout sees that they came. `waiting` may be
 * NULL. Nothing is stored. */
enum jangle_result jn_timeout_begin(struct jn_saga *saga,
                                    const struct jn_due_saga *waiting,
                                    struct jangle_error *error);

/* Run the turn of a timeout again, for the parked row that has taken it over. The row is
 * the parked set's own. */
enum jangle_result jn_timeout_retry(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error);

#endif
