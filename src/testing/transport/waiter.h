/* waiter.h - a thread that waits in `receive`. */
#ifndef JN_TRANSPORT_WAITER_H
#define JN_TRANSPORT_WAITER_H

#include "testing/transport/trial.h"

#include <pthread.h>

/* `receive` may wait much longer than the test waits for it. */
enum { JN_WAITER_WAITS_MS = 14000, JN_WAITER_LIMIT_MS = 9000 };

struct jn_waiter {
    struct jn_trial *trial;
    struct jangle_transport *transport;
    int64_t wait_ms; /* what it gives to `receive` */
    pthread_t thread;
    _Atomic bool ended;
    enum jangle_result result;
    size_t count;
    struct jangle_parcel *parcels;
    struct jangle_error error;
};

/* Until it is joined, only its thread may use the transport, but for `wake`. False: it
 * failed, and there is nothing to join. */
bool jn_waiter_start(struct jn_trial *trial,
                     struct jn_waiter *waiter,
                     struct jangle_transport *transport);
bool jn_waiter_start_for(struct jn_trial *trial,
                         struct jn_waiter *waiter,
                         struct jangle_transport *transport,
                         int64_t wait_ms);

/* Does it end within JN_WAITER_LIMIT_MS? If the trial lets time pass, so much of it
 * passes meanwhile, every few milliseconds. */
bool jn_waiter_ends(const struct jn_waiter *waiter, int64_t pass_ms);

/* Wait until it has ended. The broker need not be right for this: the wait is over after
 * JN_WAITER_WAITS_MS, on the clock of the host or on the system's. */
void jn_waiter_join(struct jn_trial *trial, struct jn_waiter *waiter);

#endif
