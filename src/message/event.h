/* event.h - a stored record becomes an event that callbacks can read. */
#ifndef JN_EVENT_H
#define JN_EVENT_H

#include "message/codec.h"

#include <jangle/aggregate.h>
#include <jangle/plugin/store.h>

/* Fill `event` from a record, in the arena. The payload is decoded by `type`. INVALID and
 * NO_MEMORY as jn_decode has them; the sentence names stream, version and position. */
enum jangle_result jn_event_read(struct jangle_event *event,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_message *type,
                                 const struct jn_limits *limits,
                                 struct jangle_error *error);

/* The JSON of an origin, for the `meta` of a record. */
enum jangle_result jn_meta_write(struct jangle_arena *arena,
                                 const struct jangle_origin *origin,
                                 const struct jn_limits *limits,
                                 const char **meta,
                                 struct jangle_error *error);

/* The origin of such JSON. NULL and "" are an origin of which nothing is known. */
enum jangle_result jn_meta_read(struct jangle_arena *arena,
                                const char *meta,
                                const struct jn_limits *limits,
                                struct jangle_origin *origin,
                                struct jangle_error *error);

#endif
