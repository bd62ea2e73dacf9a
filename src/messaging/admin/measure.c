/* measure.c - the figures of publishers and consumers. */
#include "core/call.h"
#include "core/instance.h"
#include "messaging/admin/left_behind.h"
#include "messaging/consumer/consumer.h"
#include "messaging/consumer/consuming.h"
#include "messaging/publisher/outgoing.h"
#include "subscription/subscription.h"

/* NULL if no endpoint has that name. */
static struct jn_endpoint *
find_endpoint(struct jangle *jangle, const char *name, bool *here)
{
    struct jn_subscription *subscription = jn_subscription_find(jangle, name);
    struct jn_consuming *consuming = NULL;

    if (!subscription && name)
        consuming = jn_consuming_find(jangle, name);
    if (consuming) {
        *here = consuming->owned;
        return &consuming->endpoint;
    }
    if (!subscription || !subscription->publishing)
        return NULL;
    *here = jn_subscription_is_here(subscription);
    return &subscription->publishing->endpoint;
}

static enum jangle_result measure_endpoint(struct jangle *jangle,
                                           const char *name,
                                           struct jangle_endpoint_stats *stats,
                                           struct jangle_error *error)
{
    bool here = false;
    char reason[JN_PAUSE_REASON_SIZE];
    struct jn_pause pause;
    struct jn_endpoint *endpoint = find_endpoint(jangle, name, &here);

    if (!endpoint && !name)
        return jn_fail(error, JANGLE_NOT_FOUND, "no endpoint is named: NULL was given");
    if (jn_pauses_read(jangle->dispatch, error))
        return error->result;
    if (!endpoint && jn_left_behind_measure(jangle, name, stats, error))
        return error->result;
    if (endpoint) {
        jn_mutex_lock(&endpoint->mutex);
        *stats = endpoint->stats;
        jn_mutex_unlock(&endpoint->mutex);
    }
    stats->here = here;
    jn_pause_find(jangle->dispatch, name, &pause);
    stats->paused = pause.since;
    memcpy(stats->paused_by, pause.who, sizeof pause.who);
    memcpy(stats->paused_why, pause.why, sizeof pause.why);
    if (pause.paused) {
        jn_pause_reason(reason, &pause);
        jn_text_copy(stats->reason, sizeof stats->reason, reason);
    }
    return JANGLE_OK;
}

enum jangle_result jangle_measure_endpoint(struct jangle *jangle,
                                           const char *name,
                                           struct jangle_endpoint_stats *stats,
                                           struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_open(jangle, &why);

    *stats = (struct jangle_endpoint_stats){.waiting = -1};
    if (!result)
        result = measure_endpoint(jangle, name, stats, &why);
    return jn_call_end(jangle, "jangle_measure_endpoint", result, &why, error);
}
