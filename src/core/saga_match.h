/* saga_match.h - which saga an event is for, by what the program declared. */
#ifndef JN_SAGA_MATCH_H
#define JN_SAGA_MATCH_H

#include "core/registry.h"

#include <jangle/operate.h>

/* Can an event of that type be for a saga? If not, it is a note that a saga makes for
 * itself. */
bool jn_saga_has_id(const struct jangle_saga *saga, const struct jangle_message *event);

/* The id of the saga that the event is for; NULL if it is for none. It lives as long as
 * the event, or as the text that the saga's id_of returned. */
const char *jn_saga_id_of(const struct jn_saga_type *type,
                          const struct jangle_event *event);

const struct jangle_applier *jn_saga_applier(const struct jn_saga_type *type,
                                             const struct jangle_message *event);
bool jn_saga_begins(const struct jn_saga_type *type, const struct jangle_message *event);

/* The key of a saga's parked events, in the arena. The name of the saga is not part of
 * it, so the saga can be renamed. */
const char *jn_saga_key(struct jangle_arena *arena, const char *id);

/* The key of its parked timeout, likewise. */
const char *jn_saga_timeout_key(struct jangle_arena *arena, const char *id);

/* The saga's id in a key of that kind; NULL if rows of that kind are not a saga's. */
const char *jn_saga_id_of_key(enum jangle_parked_kind kind, const char *key);

#endif
