/* spec_others.h - the history of other aggregates, for decisions that look at them. */
#ifndef JN_SPEC_OTHERS_H
#define JN_SPEC_OTHERS_H

#include "testing/spec.h"

void jn_spec_others_init(struct jn_spec_others *others,
                         const struct jangle_allocator *allocator);

/* How many events it has. */
int64_t jn_spec_others_version(const struct jn_spec_others *others,
                               const char *kind,
                               const char *id);

/* What was emitted there has happened. Complains when out of memory. */
void jn_spec_others_add(struct jangle_here here, const struct jn_emission *emission);

#endif
