/* spec_saga.h - given and when for sagas: turns, with no store. */
#ifndef JN_SPEC_SAGA_H
#define JN_SPEC_SAGA_H

#include "testing/spec.h"

enum jangle_result jn_spec_saga_init(struct jangle_spec *spec,
                                     const struct jangle_saga *saga,
                                     struct jangle_error *error);

/* An event that was reacted to already; one that comes now. */
void jn_spec_apply(struct jangle_here here, const struct jn_spec_message *message);
void jn_spec_react(struct jangle_here here, const struct jn_spec_message *message);

/* Run its last turn again. */
void jn_spec_turn_again(struct jangle_here here);

#endif
