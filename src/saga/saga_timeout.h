/* saga_timeout.h - the turn of a saga whose time has come. Whoever finds the saga among
 * those that are due makes the first attempt. If it fails, a parked row of kind TIMEOUT
 * takes the turn over: it has the attempts, the back-off and the death of any parked
 * key. That row is durable before the saga is stored as no longer due, because a crash
 * in between must lose neither. */
#ifndef JN_SAGA_TIMEOUT_H
#define JN_SAGA_TIMEOUT_H

#include "saga/saga_dispatch.h"

/* The turn of one saga whose timeout is due at that time, if it still is: behind the
 * events that it has not been given, which are closed with its open turn. `seen`: where
 * they are; NULL: it has been given all. `ran` is false if nothing came of it. */
enum jangle_result jn_timeout_run(struct jn_subscription *subscription,
                                  const char *id,
                                  jangle_time at,
                                  const struct jn_seen *seen,
                                  bool *ran,
                                  struct jangle_error *error);

/* Begin the turn of a timeout that is due. An event's turn that is open is closed where
 * it stands, so that what it did can be recalled; the events of `seen`, which wait behind
 * it, are put into the state, so that the timeout sees that they came. `seen` may be
 * NULL. Nothing is stored. */
enum jangle_result jn_timeout_begin(struct jn_saga *saga,
                                    struct jangle *jangle,
                                    const struct jn_seen *seen,
                                    struct jangle_error *error);

/* A turn of a timeout: that attempt at it. */
void jn_timeout_turn(struct jn_turn *turn,
                     struct jn_saga *saga,
                     struct jangle *jangle,
                     int attempt);

/* Run the turn of a timeout again, for the parked row that has taken it over. `row` is
 * the parked set's own. */
enum jangle_result jn_timeout_retry(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error);

#endif
