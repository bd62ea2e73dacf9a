/* spec_others.h - the events of aggregates beside the one that a spec tries, because
 * decisions look at them. */
#ifndef JN_SPEC_OTHERS_H
#define JN_SPEC_OTHERS_H

#include "testing/spec.h"

/* Begin without any events. */
void jn_spec_others_init(struct jn_spec_others *others,
                         const struct jangle_allocator *allocator);

/* The version of that aggregate: how many events it has. */
int64_t jn_spec_others_version(const struct jn_spec_others *others,
                               const char *kind,
                               const char *id);

/* Add an emitted event to the history of its aggregate. Complains when out of memory. */
void jn_spec_others_add(struct jangle_here here, const struct jn_emission *emission);

#endif
