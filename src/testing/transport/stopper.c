/* stopper.c - a thread that stops the broker while the test does something. */
#include "testing/transport/stopper.h"

static void *stop_broker(void *context)
{
    struct jn_stopper *stopper = context;

    jn_pause_until(jn_monotonic_after_ms(stopper->delay_ms));
    stopper->stopped = stopper->given->stop(stopper->given->context);
    return NULL;
}

bool jn_stopper_start(struct jn_trial *trial,
                      struct jn_stopper *stopper,
                      int64_t delay_ms)
{
    if (trial->failed)
        return false;
    *stopper = (struct jn_stopper){.given = trial->given, .delay_ms = delay_ms};
    trial->stopped = true;
    return jn_trial_check(
        trial, pthread_create(&stopper->thread, NULL, stop_broker, stopper) == 0,
        "no thread can be started");
}

void jn_stopper_join(struct jn_trial *trial, struct jn_stopper *stopper)
{
    pthread_join(stopper->thread, NULL);
    jn_trial_check(trial, stopper->stopped, "the broker cannot be stopped");
}

void jn_attach_when_back(struct jn_trial *trial,
                         struct jangle_transport *transport,
                         const struct jangle_queue *queue)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);
    struct jangle_error error = {0};
    enum jangle_result result;

    do {
        if (trial->failed)
            return;
        error = (struct jangle_error){0};
        result = transport->ops->attach(transport, queue, NULL, 0, &error);
    } while (result == JANGLE_BUSY && jn_trial_waits(trial, &wait, true));
    jn_trial_is(trial, "attach", result, JANGLE_OK, &error);
}
