/* spec_aggregate.h - when for aggregates: the decider alone, without a store; and the
 * events of other aggregates, because decisions look at them. */
#ifndef JN_SPEC_AGGREGATE_H
#define JN_SPEC_AGGREGATE_H

#include "testing/spec.h"

/* The decider of that description of a command; NULL: the aggregate has none. */
jangle_decide_fn *jn_spec_find_decider(const struct jangle_aggregate *aggregate,
                                       const struct jangle_message *type);

/* Let the aggregate decide a command that comes now. */
void jn_spec_decide(struct jangle_here here,
                    const struct jangle_message *type,
                    const void *data);

/* Begin without any events. */
void jn_spec_others_init(struct jn_spec_others *others);

#endif
