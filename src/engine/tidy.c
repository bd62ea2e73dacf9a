/* tidy.c - housekeeping: command ids that are old enough are forgotten. */
#include "engine/tidy.h"

#include "subscription/subscription.h"

enum { TIDY_INTERVAL_US = 1000000 };

/* ---- how old an id is -------------------------------------------------------- */

static enum jangle_result note_time(void *context, const struct jangle_record *record)
{
    *(jangle_time *)context = record->at;
    return JANGLE_OK;
}

/* If the store is empty, time begins now. If its last event cannot be read, nothing is
 * old, because it is safe to remember too much; whoever needs that event says what is
 * wrong. */
void jn_tidy_open(struct jangle *jangle)
{
    struct jangle_store *store = jangle->store;
    int64_t head = atomic_load(&jangle->head);
    jangle_time *newest_at = &jangle->newest_at;

    jangle->opened_us = jn_host_monotonic_us(&jangle->host);
    if (!jangle->config.command_id_keep_ms || jangle->config.follower)
        return;
    if (!head)
        *newest_at = jn_host_now(&jangle->host);
    else if (store->ops->read_all(store, head - 1, 1, note_time, newest_at, NULL))
        *newest_at = (jangle_time){0};
}

/* A clock that is a day ahead for three seconds would make every id a day older, and a
 * command that is sent again would be done again. So no more time has passed than the
 * monotonic clock has counted since the last event that was there at open. A clock that
 * is behind makes ids younger, which harms nobody. */
static jangle_time sure_now(const struct jangle *jangle)
{
    jangle_time now = jn_host_now(&jangle->host);
    int64_t past_us = jn_host_monotonic_us(&jangle->host) - jangle->opened_us;

    if (jangle->newest_at.us >= now.us || jangle->newest_at.us + past_us >= now.us)
        return now;
    return (jangle_time){jangle->newest_at.us + past_us};
}

/* ---- tidying ----------------------------------------------------------------- */

/* True for one of the threads that poll, once in TIDY_INTERVAL_US. */
static bool claim(struct jangle *jangle)
{
    int64_t now = jn_host_monotonic_us(&jangle->host);
    int64_t due = atomic_load(&jangle->tidy_due_us);

    return now >= due && atomic_compare_exchange_strong(&jangle->tidy_due_us, &due,
                                                        now + TIDY_INTERVAL_US);
}

void jn_tidy(struct jangle *jangle, int64_t *done)
{
    struct jangle_store *store = jangle->store;
    int64_t keep_ms = jangle->config.command_id_keep_ms;
    struct jangle_error error = {0};
    jangle_time forget = {0};
    bool more = false;

    if (!store->ops->tidy || jangle->config.follower || !claim(jangle))
        return;
    if (keep_ms)
        forget = jangle_time_after_ms(sure_now(jangle), -keep_ms);
    if (store->ops->tidy(store, forget, &more, &error)) {
        JN_LOG_STORE(&jangle->log, error.result, NULL, 0, "tidying: %s", error.message);
        return;
    }
    if (!more)
        return;
    *done += 1;
    atomic_store(&jangle->tidy_due_us, 0);
}
