/* registry_emitters.h - is there anybody who emits what is handled? */
#ifndef JN_REGISTRY_EMITTERS_H
#define JN_REGISTRY_EMITTERS_H

#include "core/registry.h"

/* INVALID names a row, and its event, that nothing here will ever be called for: no
 * aggregate lists the event, and the subscriber or saga does not say that another program
 * emits it. */
enum jangle_result jn_registry_check_emitters(const struct jn_registry *registry,
                                              const struct jangle_config *config,
                                              struct jangle_error *error);

#endif
