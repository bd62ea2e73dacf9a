/* gathering.c - which views wait for more events, and until when. */
#include "dispatch/gathering.h"

static bool may_gather(const struct jn_dispatch *dispatch)
{
    const struct jangle_config *config = &dispatch->jangle->config;

    return config->workers > 0 && config->view_gather_us > 0;
}

/* The first events after what it has seen have come with this commit. Of one that runs,
 * that is so if it has begun to run since the commit before. */
static bool is_first(const struct jn_subscription *subscription, int64_t before)
{
    return subscription->running ? !subscription->gathers_until_us
                                 : subscription->position >= before;
}

/* After a quiet time the first event is shown at once, because it may be the only one.
 * All views share one end, so that one worker can sleep until then: whose first event
 * comes later waits less. */
void jn_gathering_begin(struct jn_dispatch *dispatch, int64_t before)
{
    int64_t now_us, gather_us = dispatch->jangle->config.view_gather_us;
    bool coming;

    if (!may_gather(dispatch))
        return;
    now_us = jn_monotonic_us();
    coming = dispatch->committed_us && now_us - dispatch->committed_us <= gather_us;
    dispatch->committed_us = now_us;
    if (dispatch->gathers_until_us <= now_us)
        dispatch->gathers_until_us = now_us + gather_us;
    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->kind->gathers && is_first(subscription, before))
            subscription->gathers_until_us = coming ? dispatch->gathers_until_us : 0;
    }
}

void jn_gathering_run_begins(struct jn_subscription *subscription)
{
    subscription->gathers_until_us = 0;
    subscription->run_from_head = atomic_load(&jn_jangle_of(subscription)->head);
}

/* What a run has left is older than what came meanwhile, and has waited already. */
void jn_gathering_run_ends(struct jn_subscription *subscription)
{
    if (subscription->position < subscription->run_from_head)
        subscription->gathers_until_us = 0;
}

bool jn_gathering_holds(const struct jn_subscription *subscription)
{
    const struct jn_dispatch *dispatch = subscription->dispatch;
    const struct jangle *jangle = dispatch->jangle;
    int64_t behind = atomic_load(&jangle->head) - subscription->position;

    return subscription->gathers_until_us && !subscription->hurried &&
           !dispatch->hurried && !atomic_load(&jangle->stopping) &&
           behind < (int64_t)subscription->page_limit &&
           jn_monotonic_us() < subscription->gathers_until_us;
}
