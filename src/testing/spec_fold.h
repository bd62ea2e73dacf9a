/* spec_fold.h - an event of a spec changes the aggregate's state. */
#ifndef JN_SPEC_FOLD_H
#define JN_SPEC_FOLD_H

#include "testing/spec.h"

void jn_spec_fold(struct jangle_here here, const struct jn_spec_message *message);

#endif
