/* saga_key.c - which saga an event is for. */
#include "saga/saga_key.h"

#include "core/saga_match.h"
#include "message/event.h"

#include <inttypes.h>

const char *jn_saga_key_of_event(const struct jn_subscription *subscription,
                                 struct jangle_arena *arena,
                                 const struct jangle_record *record,
                                 const struct jangle_handler *handler,
                                 enum jangle_parked_kind *kind)
{
    const struct jn_saga_type *type = subscription->saga;
    const struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_event event;
    const char *id;

    *kind = JANGLE_PARKED_EVENT;
    if (jn_event_read(&event, arena, record, handler->event, &jangle->limits, NULL))
        return jangle_text(arena, "%" PRId64, record->position);
    *kind = JANGLE_PARKED_SAGA;
    id = jn_saga_id_of(type, &event);
    return id ? jn_saga_key(arena, id) : NULL;
}
