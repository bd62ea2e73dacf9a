/* saga_run.h - a turn of a saga, from its event to its end. */
#ifndef JN_SAGA_RUN_H
#define JN_SAGA_RUN_H

#include "saga/saga.h"

/* Run a turn: an event is applied first, then it is reacted to. OK: the turn is over, and
 * the saga is as it will be, to be stored. Otherwise turn->error says why the turn
 * failed: the saga has the steps that were recorded, and its state must be decoded again.
 * The caller has set the turn's saga, send, context, step_limit, event, attempt
 * and time. */
enum jangle_result jn_turn_run(struct jn_turn *turn);

/* Close the saga's open turn where it stands: its event is in the state and counts as
 * handled, and its steps stay. INVALID, NO_MEMORY if the state cannot be made. */
enum jangle_result jn_saga_close_turn(struct jn_saga *saga,
                                      const struct jangle_event *event,
                                      struct jangle_error *error);

/* Take an event into the state to which the saga does not react, because the turn before
 * it was closed: the event counts as handled. INVALID, NO_MEMORY as
 * jn_saga_close_turn. */
enum jangle_result jn_saga_take_in(struct jn_saga *saga,
                                   const struct jangle_event *event,
                                   struct jangle_error *error);

/* Close the saga's open turn as jn_saga_close_turn does, but leave its state alone. */
void jn_saga_leave_turn(struct jn_saga *saga);

#endif
