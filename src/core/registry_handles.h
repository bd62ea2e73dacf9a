/* registry_handles.h - rows of consumers whose messages are handled on receipt. */
#ifndef JN_REGISTRY_HANDLES_H
#define JN_REGISTRY_HANDLES_H

#include "core/registry_builder.h"

/* INVALID if a row with `handle` makes no sense, or if the consumer says how its handlers
 * are called and has none. The rows have types. */
enum jangle_result jn_builder_check_handles(struct jn_registry_builder *builder,
                                            const struct jangle_consumer *consumer);

#endif
