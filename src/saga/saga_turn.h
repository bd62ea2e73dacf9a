/* saga_turn.h - a turn of a saga: steps that are recorded, or answered from the
 * record. */
#ifndef JN_SAGA_TURN_H
#define JN_SAGA_TURN_H

#include "saga/saga.h"

/* End the turn with that result, for that reason, unless it has ended with another
 * already; returns the one that it ends with. */
enum jangle_result
jn_turn_stick(struct jn_turn *turn, enum jangle_result result, const char *reason, ...)
    JANGLE_PRINTF(3, 4);

/* End the turn because the code does not fit the record: a step was recorded, and the
 * code takes `attempted` instead, or (NULL) none. */
enum jangle_result jn_turn_stick_mismatch(struct jn_turn *turn, const char *attempted);

#endif
