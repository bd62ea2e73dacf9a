/* event.h - a stored record becomes an event that callbacks can read. */
#ifndef JN_EVENT_H
#define JN_EVENT_H

#include "message/codec.h"

#include <jangle/aggregate.h>
#include <jangle/plugin/store.h>

/* Fill `event` from a record, in the arena; `type` decodes it. INVALID and NO_MEMORY as
 * jn_decode; the sentence names stream, version and position. */
enum jangle_result jn_event_read(struct jangle_event *event,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_message *type,
                                 const struct jn_limits *limits,
                                 struct jangle_error *error);

/* The JSON of an origin, for a record's meta. */
enum jangle_result jn_meta_write(struct jangle_arena *arena,
                                 const struct jangle_origin *origin,
                                 const struct jn_limits *limits,
                                 const char **meta,
                                 struct jangle_error *error);

/* And back; NULL or "" is an empty origin. */
enum jangle_result jn_meta_read(struct jangle_arena *arena,
                                const char *meta,
                                const struct jn_limits *limits,
                                struct jangle_origin *origin,
                                struct jangle_error *error);

#endif
