/* registry_emitters.h - does an aggregate of the program emit each event that is handled?
 */
#ifndef JN_REGISTRY_EMITTERS_H
#define JN_REGISTRY_EMITTERS_H

#include "core/registry.h"

/* INVALID names a row whose event no aggregate lists, unless the subscriber or saga says
 * in `elsewhere` that another program emits it. */
enum jangle_result jn_registry_check_emitters(const struct jn_registry *registry,
                                              const struct jangle_config *config,
                                              struct jangle_error *error);

#endif
