/* waiting.c - what waiting for subscribers takes: time, and steps if nobody else takes
 * them. */
#include "engine/waiting.h"

#include "subscription/hold.h"

int64_t jn_wait_until_us(int64_t timeout_ms)
{
    return timeout_ms < 0 ? -1 : jn_monotonic_after_ms(timeout_ms);
}

int64_t jn_wait_slice_us(int64_t until, int64_t us)
{
    int64_t end = jn_monotonic_us() + us;

    return until >= 0 && until < end ? until : end;
}

bool jn_wait_is_over(int64_t until)
{
    return until >= 0 && jn_monotonic_us() >= until;
}

/* Under the mutex. */
static bool others_run(const struct jn_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->running && !jn_thread_is_in_step(subscription))
            return true;
    }
    return false;
}

enum jangle_result
jn_wait_step(struct jangle *jangle, int64_t until, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t turns, done;
    bool busy;
    enum jangle_result result;

    jn_mutex_lock(&dispatch->mutex);
    turns = dispatch->turns;
    busy = others_run(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    result = jangle_poll(jangle, &done, error);
    if (result || done)
        return result;
    jn_mutex_lock(&dispatch->mutex);
    busy |= dispatch->turns != turns;
    if (others_run(dispatch))
        jn_cond_wait_until(&dispatch->changed, &dispatch->mutex,
                           jn_wait_slice_us(until, JN_LOST_WAKE_US));
    jn_mutex_unlock(&dispatch->mutex);
    return busy ? JANGLE_OK : JANGLE_TIMEOUT;
}
