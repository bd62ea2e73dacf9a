/* registry_subscribers.h - subscribers are registered: what each handles, and answers. So
 * are sagas, each as a subscriber of its own. */
#ifndef JN_REGISTRY_SUBSCRIBERS_H
#define JN_REGISTRY_SUBSCRIBERS_H

#include "core/registry_builder.h"

/* Register one entry of config.subscribers. INVALID if it is NULL. */
enum jangle_result jn_builder_add_subscriber(struct jn_registry_builder *builder,
                                             size_t index);

/* Register one entry of config.sagas. INVALID if it is NULL. */
enum jangle_result jn_builder_add_saga(struct jn_registry_builder *builder, size_t index);

#endif
