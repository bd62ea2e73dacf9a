/* saga_kind.c - sagas as subscriptions: the engine itself is the handler, and timeouts
 * are work like events. */
#include "saga/saga_kind.h"

#include "core/saga_match.h"
#include "message/event.h"
#include "saga/saga_dispatch.h"

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

const struct jn_kind jn_saga_kind = {
    .start = JANGLE_FROM_NOW,
    .may_block = true,
    .key_of = jn_saga_key_of_event,
    .deliver = jn_saga_deliver,
    .look_for_due = jn_timers_look,
    .run_due = jn_timers_run,
};
