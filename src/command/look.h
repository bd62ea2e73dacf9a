/* look.h - a decision looks at other aggregates: their states, folded as always. */
#ifndef JN_LOOK_H
#define JN_LOOK_H

#include "command/decision.h"

/* Free the states that were looked at; what they were of stays. */
void jn_decision_finish(struct jangle_decision *decision);

#endif
