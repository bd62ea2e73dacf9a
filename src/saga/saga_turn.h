/* saga_turn.h - how a turn of a saga fails: with its first error. */
#ifndef JN_SAGA_TURN_H
#define JN_SAGA_TURN_H

#include "saga/saga.h"

/* Let the turn fail with that result, for that reason, unless it has failed already.
 * Returns the result that it fails with. */
enum jangle_result
jn_turn_stick(struct jn_turn *turn, enum jangle_result result, const char *reason, ...)
    JANGLE_PRINTF(3, 4);

/* Let the turn fail because the code does not fit the record: a step was recorded, and
 * the code takes `attempted` instead, or (NULL) none. */
enum jangle_result jn_turn_stick_mismatch(struct jn_turn *turn, const char *attempted);

#endif
