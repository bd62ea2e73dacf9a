/* event.c - a stored record becomes an event that callbacks can read. */
#include "message/event.h"

#include "base/error.h"
#include "base/host.h"
#include "base/ids.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"

#include <inttypes.h>
#include <string.h>

/* ---- an origin, as it is stored in the `meta` of a record ----------------- */

/* Texts that are NULL are left out. */
struct origin {
    jangle_optional_text correlation_id;
    jangle_optional_text causation_id;
    jangle_optional_text actor;
    jangle_optional_text trace;
};

static JANGLE_STRUCT(origin, correlation_id, causation_id, actor, trace);

enum jangle_result jn_meta_write(struct jangle_arena *arena,
                                 const struct jangle_origin *from,
                                 const struct jn_limits *limits,
                                 const char **meta,
                                 struct jangle_error *error)
{
    struct origin stored = {
        .correlation_id = jn_text_or_absent(from->correlation_id),
        .causation_id = jn_text_or_absent(from->causation_id),
        .actor = jn_text_or_absent(from->actor),
        .trace = jn_text_or_absent(from->trace),
    };
    size_t size;

    return jn_encode(arena, &origin, &stored, JN_NULLS_REFUSED, limits, meta, &size,
                     error);
}

/* ---- an event ------------------------------------------------------------- */

jangle_time jn_event_stored_at(const struct jangle_event *event)
{
    const struct jn_received *received = (const struct jn_received *)event->received;

    return received ? received->stored_at : event->at;
}

/* A reader sees the sender's version, time and aggregate, so that the same handlers work
 * on both sides of a broker. */
static void show_received(struct jangle_event *event, const struct jn_received *message)
{
    event->received = &message->base;
    event->aggregate_id = message->subject;
    if (message->version)
        event->version = message->version;
    if (message->at.us)
        event->at = message->at;
}

/* What the record says besides the payload. Its texts stay where they are. */
static void fill_head(struct jangle_event *event,
                      struct jangle_arena *arena,
                      const struct jangle_record *record,
                      const struct jangle_message *type)
{
    char *id = jn_arena_room(arena, JN_ID_TEXT_SIZE);

    if (id)
        jn_id_to_text(record->event_id, id);
    *event = (struct jangle_event){
        .type = type,
        .id = id,
        .kind = record->kind,
        .aggregate_id = record->id,
        .version = record->version,
        .position = record->position,
        .at = record->at,
        .arena = arena,
    };
}

/* The payload by the description of its type, then the origin. */
static enum jangle_result read_parts(struct jangle_event *event,
                                     struct jangle_arena *arena,
                                     const struct jangle_record *record,
                                     const struct jangle_message *type,
                                     const struct jn_limits *limits,
                                     struct jangle_error *error)
{
    void *data = jn_arena_room(arena, type->size);
    const struct jn_received *received;
    enum jangle_result result;

    fill_head(event, arena, record, type);
    result = jn_arena_check(arena, error);
    if (result)
        return result;
    event->data = data;
    result = jn_decode(arena, type, record->payload, record->payload_size,
                       record->type_version, limits, data, error);
    if (!result)
        result = jn_meta_read_received(arena, record, limits, &event->origin, &received,
                                       error);
    if (!result && received)
        show_received(event, received);
    return result;
}

/* The record is gone when the store's callback returns, so the event gets texts of its
 * own. */
enum jangle_result jn_event_read(struct jangle_event *event,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_message *type,
                                 const struct jn_limits *limits,
                                 struct jangle_error *error)
{
    struct jangle_record own = *record;

    own.kind = jn_arena_copy_text(arena, record->kind);
    own.id = jn_arena_copy_text(arena, record->id);
    if (arena->failed)
        return jn_event_read_kept(event, arena, record, type, limits, error);
    return jn_event_read_kept(event, arena, &own, type, limits, error);
}

/* What is wrong with a stored event is said with its stream, version and position,
 * because the sentence is for a person who has to find it. */
enum jangle_result jn_event_read_kept(struct jangle_event *event,
                                      struct jangle_arena *arena,
                                      const struct jangle_record *record,
                                      const struct jangle_message *type,
                                      const struct jn_limits *limits,
                                      struct jangle_error *error)
{
    struct jangle_error reason = {JANGLE_OK, ""};
    enum jangle_result result = read_parts(event, arena, record, type, limits, &reason);

    if (!result)
        return JANGLE_OK;
    *event = (struct jangle_event){.type = type};
    return jn_fail(error, result, "%s/%s, version %" PRId64 ", position %" PRId64 ": %s",
                   JN_SHOWN(40, record->kind), JN_SHOWN(60, record->id), record->version,
                   record->position, reason.message);
}
