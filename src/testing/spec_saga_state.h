/* spec_saga_state.h - what a spec's saga has come to, loaded and kept. */
#ifndef JN_SPEC_SAGA_STATE_H
#define JN_SPEC_SAGA_STATE_H

#include "testing/spec.h"

/* As it is stored: the event of an open turn is not in it. False: it complained. */
bool jn_spec_load(struct jangle_here here, struct jn_saga *saga);
void jn_spec_save(struct jn_spec_saga *stubs, struct jn_saga *saga);

#endif
