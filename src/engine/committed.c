/* committed.c - events that a group commit has stored: logged, counted, handed to
 * dispatch. */
#include "engine/committed.h"

#include "core/engine.h"
#include "dispatch/dispatch.h"

static void log_events(struct jangle *jangle, const struct jangle_append *append)
{
    for (size_t i = 0; i < append->count; i++) {
        const struct jangle_record *record = &append->records[i];

        JN_LOG(&jangle->log, EVENT_COMMITTED,
               JN_PAIRS(JN_TEXT("event", record->type), JN_TEXT("kind", record->kind),
                        JN_TEXT("id", record->id), JN_NUMBER("version", record->version),
                        JN_NUMBER("position", record->position)),
               "stored");
    }
}

/* Appends that were refused, or that an earlier command with the same id answered, stored
 * nothing. */
void jn_committed(void *context, const struct jangle_append *appends, size_t count)
{
    struct jangle *jangle = context;
    int64_t events = 0;

    for (size_t i = 0; i < count; i++)
        if (!appends[i].error.result && !appends[i].repeated && appends[i].count) {
            events += (int64_t)appends[i].count;
            if (jn_log_wants(&jangle->log, JANGLE_LOG_EVENT_COMMITTED))
                log_events(jangle, &appends[i]);
        }
    if (!events)
        return;
    JN_COUNT(jangle, events, events);
    JN_COUNT(jangle, commits, 1);
    jn_dispatch_committed(jangle, appends, count);
}
