/* registry_subscribers.h - subscribers are taken in: what each handles, and answers. */
#ifndef JN_REGISTRY_SUBSCRIBERS_H
#define JN_REGISTRY_SUBSCRIBERS_H

#include "core/filling.h"

/* One entry of config.aggregates, .subscribers, .sagas. INVALID if it is NULL. */
enum jangle_result jn_filling_add_subscriber(struct jn_filling *filling, size_t index);

#endif
