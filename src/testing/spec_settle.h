/* spec_settle.h - what came of the last when is over: whatever nobody named is
 * complained of. */
#ifndef JN_SPEC_SETTLE_H
#define JN_SPEC_SETTLE_H

#include "testing/spec.h"

/* Complain of what the last `when` caused and no `then` named; forget it. */
void jn_spec_settle(struct jangle_spec *spec);

#endif
