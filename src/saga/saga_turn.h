/* saga_turn.h - a turn of a saga: steps that are recorded, or answered from the
 * record. */
#ifndef JN_SAGA_TURN_H
#define JN_SAGA_TURN_H

#include "saga/saga.h"

/* What a turn ends with, unless something sticks already; or that it does not fit: the
 * recorded step is next, and the code takes another, or (NULL) no more. */
enum jangle_result
jn_turn_stick(struct jn_turn *turn, enum jangle_result result, const char *reason, ...)
    JANGLE_PRINTF(3, 4);
enum jangle_result jn_turn_stick_unfit(struct jn_turn *turn, const char *attempted);

#endif
