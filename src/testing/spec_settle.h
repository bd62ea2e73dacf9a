/* spec_settle.h - the end of a `when`: the spec complains of whatever the `when` caused
 * and no `then` named. */
#ifndef JN_SPEC_SETTLE_H
#define JN_SPEC_SETTLE_H

#include "testing/spec.h"

/* Complain of what the last `when` caused and no `then` named, and begin with nothing
 * again. */
void jn_spec_settle(struct jangle_spec *spec);

#endif
