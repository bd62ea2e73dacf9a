/* look.h - jangle_state_of: a decision looks at the state of another aggregate. */
#ifndef JN_LOOK_H
#define JN_LOOK_H

#include "command/decision.h"

/* Free the states that were looked at. The names and versions stay: they are conditions.
 */
void jn_decision_finish(struct jangle_decision *decision);

#endif
