/* waiter.c - a thread that waits in `receive`. */
#include "testing/transport/waiter.h"

#include "testing/transport/line.h"

static void *receive_in_thread(void *context)
{
    struct jn_waiter *waiter = context;
    struct jangle_transport *transport = waiter->transport;

    waiter->result = transport->ops->receive(
        transport, JN_RECEIVE_LIMIT, JN_RECEIVE_BYTES, waiter->wait_ms, &waiter->parcels,
        &waiter->count, &waiter->error);
    waiter->ended = true;
    return NULL;
}

bool jn_waiter_start_for(struct jn_trial *trial,
                         struct jn_waiter *waiter,
                         struct jangle_transport *transport,
                         int64_t wait_ms)
{
    *waiter =
        (struct jn_waiter){.trial = trial, .transport = transport, .wait_ms = wait_ms};
    return !trial->failed &&
           jn_trial_check(
               trial,
               pthread_create(&waiter->thread, NULL, receive_in_thread, waiter) == 0,
               "no thread can be started");
}

bool jn_waiter_start(struct jn_trial *trial,
                     struct jn_waiter *waiter,
                     struct jangle_transport *transport)
{
    return jn_waiter_start_for(trial, waiter, transport, JN_WAITER_WAITS_MS);
}

bool jn_waiter_ends(const struct jn_waiter *waiter, int64_t pass_ms)
{
    const struct jangle_transport_trial *given = waiter->trial->given;
    int64_t until_us = jn_monotonic_after_ms(JN_WAITER_LIMIT_MS);

    while (!waiter->ended && jn_monotonic_us() < until_us) {
        if (given->pass && pass_ms && !given->pass(given->context, pass_ms))
            break;
        jn_pause_until(jn_monotonic_after_ms(1));
    }
    return waiter->ended;
}

/* Also after a failure. If the clock of the host stands still, it is what must pass. */
void jn_waiter_join(struct jn_trial *trial, struct jn_waiter *waiter)
{
    const struct jangle_transport_trial *given = trial->given;

    while (!waiter->ended) {
        waiter->transport->ops->wake(waiter->transport);
        if (given->pass)
            jn_trial_check(trial, given->pass(given->context, 100), "time cannot pass");
        jn_pause_until(jn_monotonic_after_ms(10));
    }
    pthread_join(waiter->thread, NULL);
}
