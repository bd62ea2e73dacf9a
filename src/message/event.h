/* event.h - a stored record becomes an event that callbacks can read. */
#ifndef JN_EVENT_H
#define JN_EVENT_H

#include "message/received.h"

#include <jangle/aggregate.h>
#include <jangle/plugin/store.h>

/* When the event was stored here, whenever it happened. That is what orders it among
 * timeouts. */
jangle_time jn_event_stored_at(const struct jangle_event *event);

/* Fill `event` from a record, in the arena. The payload is decoded by `type`. INVALID and
 * NO_MEMORY as jn_decode has them; the sentence names stream, version and position. */
enum jangle_result jn_event_read(struct jangle_event *event,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_message *type,
                                 const struct jn_limits *limits,
                                 struct jangle_error *error);

/* The same of a record that outlives the event: kind and aggregate_id are the record's
 * own texts, and are not copied. */
enum jangle_result jn_event_read_kept(struct jangle_event *event,
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

#endif
