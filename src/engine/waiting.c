/* waiting.c - what waiting for subscribers takes: time, and steps if nobody else takes
 * them. */
#include "engine/waiting.h"

#include "dispatch/overview.h"

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

enum jangle_result
jn_wait_once(struct jangle *jangle, int64_t until, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t before, after, done;
    bool busy = jn_overview_others_run(dispatch, &before);
    enum jangle_result result = jangle_poll(jangle, &done, error);

    if (result || done)
        return result;
    if (jn_overview_others_run(dispatch, &after))
        jn_overview_wait_for_others(dispatch, jn_wait_slice_us(until, JN_LOST_WAKE_US));
    return busy || after != before ? JANGLE_OK : JANGLE_TIMEOUT;
}
