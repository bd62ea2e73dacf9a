/* registry_aggregates.h - aggregates are registered: what each decides, and applies. */
#ifndef JN_REGISTRY_AGGREGATES_H
#define JN_REGISTRY_AGGREGATES_H

#include "core/registry_builder.h"

/* Register one entry of config.aggregates. INVALID if it is NULL. */
enum jangle_result jn_registry_builder_add_aggregate(struct jn_registry_builder *builder,
                                                     size_t index);

#endif
