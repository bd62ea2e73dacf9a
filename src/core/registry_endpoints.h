/* registry_endpoints.h - publishers and consumers are registered: what each publishes,
 * stores, sends and handles. */
#ifndef JN_REGISTRY_ENDPOINTS_H
#define JN_REGISTRY_ENDPOINTS_H

#include "core/registry_builder.h"

/* Register one entry of config.publishers, as a subscriber of its own, or of
 * config.consumers. INVALID if it is NULL, or says what makes no sense; the sentence
 * names the row. */
enum jangle_result jn_builder_add_publisher(struct jn_registry_builder *builder,
                                            size_t index);
enum jangle_result jn_builder_add_consumer(struct jn_registry_builder *builder,
                                           size_t index);

/* INVALID if the former name of an entry is the name of another one now: the two would
 * share one checkpoint. This can be asked only when all are registered. */
enum jangle_result jn_builder_check_former(struct jn_registry_builder *builder,
                                           const char *name,
                                           const char *formerly);

/* INVALID if the former name of a publisher or consumer cannot be its own. */
enum jangle_result jn_builder_check_former_endpoints(struct jn_registry_builder *builder);

/* The name that the type of a route has outside. */
const char *jn_route_name(const struct jangle_route *route);

#endif
