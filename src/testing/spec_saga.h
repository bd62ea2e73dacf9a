/* spec_saga.h - given and when for sagas: turns, without a store. */
#ifndef JN_SPEC_SAGA_H
#define JN_SPEC_SAGA_H

#include "testing/spec.h"

/* Begin with a saga that has not begun. INVALID, NO_MEMORY. */
enum jangle_result jn_spec_saga_init(struct jangle_spec *spec,
                                     const struct jangle_saga *saga,
                                     struct jangle_error *error);

/* Apply an event to which the saga has reacted already. */
void jn_spec_apply(struct jangle_here here, const struct jn_spec_message *message);

/* Run the turn of an event that comes now. */
void jn_spec_react(struct jangle_here here, const struct jn_spec_message *message);

/* Run the last turn again, as after a crash. */
void jn_spec_turn_again(struct jangle_here here);

#endif
