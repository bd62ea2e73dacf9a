/* spec_aggregate.h - given and when for aggregates: the decider alone, with no store. */
#ifndef JN_SPEC_AGGREGATE_H
#define JN_SPEC_AGGREGATE_H

#include "testing/spec.h"

/* What decides that very description of a command; NULL: nothing. */
jangle_decide_fn *jn_spec_find_decider(const struct jangle_aggregate *aggregate,
                                       const struct jangle_message *type);

void jn_spec_decide(struct jangle_here here,
                    const struct jangle_message *type,
                    const void *data);

#endif
