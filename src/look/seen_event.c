/* seen_event.c - a found record becomes the event that a visit sees. */
#include "look/seen_event.h"

#include "base/error.h"
#include "message/received.h"

enum jangle_result jn_seen_event_fill(struct jn_seen_event *seen,
                                      struct jangle_arena *arena,
                                      const struct jn_limits *limits,
                                      const struct jangle_found *found,
                                      struct jangle_error *error)
{
    const struct jangle_record *record = found->record;
    struct jangle_seen_event *event = &seen->event;
    enum jangle_result result;

    *event = (struct jangle_seen_event){
        .position = record->position,
        .kind = record->kind,
        .id = record->id,
        .version = record->version,
        .type = record->type,
        .type_version = record->type_version,
        .at = record->at,
        .payload = record->payload,
        .payload_size = record->payload_size,
        .meta = record->meta,
        .fault = found->fault,
        .missing = found->missing,
    };
    if (found->missing)
        return JANGLE_OK;
    jn_id_to_text(record->event_id, seen->event_id);
    event->event_id = seen->event_id;
    seen->why = (struct jangle_error){0};
    result = jn_meta_read(arena, record->meta, limits, &event->origin, &seen->why);
    if (result == JANGLE_NO_MEMORY)
        return jn_fail_as(error, &seen->why);
    if (result && !event->fault)
        event->fault = seen->why.message;
    return JANGLE_OK;
}
