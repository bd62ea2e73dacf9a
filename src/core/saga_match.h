/* saga_match.h - which saga an event is for, by what the program declared. */
#ifndef JN_SAGA_MATCH_H
#define JN_SAGA_MATCH_H

#include "core/registry.h"

#include <jangle/operate.h>

/* Can that type of event be for one? If not, it is a note. */
bool jn_saga_has_id(const struct jangle_saga *saga, const struct jangle_message *event);

/* NULL: none. In the event's arena, or where the saga's function has it. */
const char *jn_saga_id_of(const struct jn_saga_type *type,
                          const struct jangle_event *event);

const struct jangle_applier *jn_saga_applier(const struct jn_saga_type *type,
                                             const struct jangle_message *event);
bool jn_saga_begins(const struct jn_saga_type *type, const struct jangle_message *event);

/* The key that its events go by, in the arena: the same if the saga is renamed. */
const char *jn_saga_key(struct jangle_arena *arena, const char *id);

/* The key of its timeout, likewise. */
const char *jn_saga_timeout_key(struct jangle_arena *arena, const char *id);

/* The saga's id in a key of that kind; NULL if the kind is no saga's. */
const char *jn_saga_id_of_key(enum jangle_parked_kind kind, const char *key);

#endif
