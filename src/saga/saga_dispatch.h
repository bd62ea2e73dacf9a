/* saga_dispatch.h - events and timeouts come to sagas. */
#ifndef JN_SAGA_DISPATCH_H
#define JN_SAGA_DISPATCH_H

#include "dispatch/delivery.h"

struct jn_saga;
struct jn_seen;
struct jn_turn;

/* The event's turn in its saga: as a handler. What it answers is in the delivery. */
enum jangle_result jn_saga_deliver(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery);

/* Close the saga's open turn where it stands: its event is read, and counts as dealt
 * with. INVALID, STORAGE, NO_MEMORY; nothing is stored. */
enum jangle_result jn_saga_close_waiting(struct jn_saga *saga,
                                         struct jangle *jangle,
                                         struct jangle_error *error);

/* Close the turn that a dead letter is of, where it stands: it will not be run again. The
 * subscription is held. */
enum jangle_result jn_saga_skip(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                struct jangle_error *error);

/* See whose timeouts are due at that time, in the store, and mark their subscriptions.
 * `head` is that of the log, read after that time. */
enum jangle_result jn_timers_look(struct jn_dispatch *dispatch,
                                  jangle_time at,
                                  int64_t head,
                                  struct jangle_error *error);

/* A step of the subscription: run the turns of timeouts that are due; or the one that
 * `row` stands for, if it is not NULL. */
enum jangle_result jn_timers_run(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 int64_t *done,
                                 struct jangle_error *error);

/* Before dispatch is closed: what timeouts are looked for with is let go. */
void jn_timers_close(struct jangle *jangle);

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

/* The same turn again, for its parked row, which is the set's own. */
enum jangle_result jn_timeout_retry(struct jn_subscription *subscription,
                                    const struct jn_row *row,
                                    struct jangle_error *error);

/* Timeouts that are to come, of this program's sagas. */
enum jangle_result
jn_timers_count(struct jangle *jangle, int64_t *future, struct jangle_error *error);

#endif
