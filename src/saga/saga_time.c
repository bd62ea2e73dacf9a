/* saga_time.c - where a timeout has its place in the history of its saga. */

#include "saga/saga_time.h"

#include "base/host.h"

enum { PATIENCE_MS = 24 * 3600 * 1000 };

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* A sender's clock that is ahead must bring no timeout early. */
jangle_time jn_saga_event_time(const struct jangle_event *event, jangle_time now)
{
    return event->at.us < now.us ? event->at : now;
}

/* Its timeout is to have its turn before the event has its. */
bool jn_saga_is_after_timeout(const struct jn_saga *saga,
                              const struct jangle_event *event,
                              jangle_time now)
{
    return saga->status == JANGLE_SAGA_OPEN && saga->timeout_at.us &&
           jn_saga_event_time(event, now).us >= saga->timeout_at.us;
}

/* A turn that began late keeps the time that it would have had, counted from its first
 * run: or each turn that was late would be closed after its first failure. */
static jangle_time patience_ends_at(const struct jn_saga *saga, jangle_time timeout_at)
{
    int64_t patience_us = timeout_at.us - saga->turn_event_at.us;
    jangle_time from_first_run = {saga->turn_at.us +
                                  least(patience_us, (int64_t)PATIENCE_MS * 1000)};

    return from_first_run.us > timeout_at.us ? from_first_run : timeout_at;
}

jangle_time jn_saga_due_at(const struct jn_saga *saga, jangle_time timeout_at)
{
    bool is_open = saga->turn_at.us != 0;

    if (saga->status != JANGLE_SAGA_OPEN)
        return (jangle_time){0};
    if (is_open && !saga->turn_position)
        return saga->timeout_is_parked ? (jangle_time){0} : saga->turn_at;
    if (is_open && saga->turn_event_at.us && timeout_at.us)
        return patience_ends_at(saga, timeout_at);
    return timeout_at;
}
