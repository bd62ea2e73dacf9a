/* registry_sagas.h - sagas are registered: each is a subscriber of its own. */
#ifndef JN_REGISTRY_SAGAS_H
#define JN_REGISTRY_SAGAS_H

#include "core/registry_builder.h"

/* Register one entry of config.sagas. INVALID if it is NULL. */
enum jangle_result jn_registry_builder_add_saga(struct jn_registry_builder *builder,
                                                size_t index);

#endif
