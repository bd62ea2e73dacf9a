/* saga_run.h - a turn from its event to its end: applied, reacted to, closed. */
#ifndef JN_SAGA_RUN_H
#define JN_SAGA_RUN_H

#include "saga/saga.h"

/* Run it: an event is applied first, then it is reacted to. OK: it is over, and the saga
 * is as it will be, to be stored. Else the saga has the steps that were recorded, and its
 * state must be decoded again. What failed_with is in turn->error. The turn's saga,
 * world, context, limits, event, attempt and time are set. */
enum jangle_result jn_turn_run(struct jn_turn *turn);

/* Close the saga's open turn where it stands: its event is dealt with, and in the state;
 * its steps stay. INVALID, NO_MEMORY if the state cannot be made. */
enum jangle_result jn_saga_close_turn(struct jn_saga *saga,
                                      const struct jangle_event *event,
                                      const struct jn_limits *limits,
                                      struct jangle_error *error);

/* Take an event in that is not reacted to, because the turn before it was closed: it is
 * in the state, and counts as dealt with. INVALID, NO_MEMORY as jn_saga_close_turn. */
enum jangle_result jn_saga_take_in(struct jn_saga *saga,
                                   const struct jangle_event *event,
                                   const struct jn_limits *limits,
                                   struct jangle_error *error);

/* Close the saga's open turn as jn_saga_close_turn does, but leave its state alone. */
void jn_saga_leave_turn(struct jn_saga *saga);

#endif
