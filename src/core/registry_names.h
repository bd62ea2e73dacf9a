/* registry_names.h - the first names of publishers and consumers, by which their messages
 * are stored. */
#ifndef JN_REGISTRY_NAMES_H
#define JN_REGISTRY_NAMES_H

#include "core/engine.h"

/* Ask the store for the first names of all publishers and consumers, before anything is
 * read or stored under them. INVALID: one that was renamed has the first name of another,
 * or of an aggregate, so that their streams would be mixed up. NO_MEMORY; STORAGE and the
 * like as the store has it. */
enum jangle_result jn_registry_read_names(struct jangle *jangle,
                                          struct jangle_error *error);

const char *jn_first_name_of(const struct jangle *jangle,
                             const struct jangle_consumer *consumer);

#endif
