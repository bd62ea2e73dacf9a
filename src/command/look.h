/* look.h - jangle_state_of: a decision looks at the state of another aggregate. */
#ifndef JN_LOOK_H
#define JN_LOOK_H

#include "command/decision.h"

/* Free the states that were looked at. Their names and versions stay valid, because they
 * are conditions of the commit. */
void jn_decision_free_looks(struct jangle_decision *decision);

#endif
