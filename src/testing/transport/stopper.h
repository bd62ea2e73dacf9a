/* stopper.h - a thread that stops the broker while the test does something. */
#ifndef JN_TRANSPORT_STOPPER_H
#define JN_TRANSPORT_STOPPER_H

#include "testing/transport/trial.h"

#include <pthread.h>

struct jn_stopper {
    const struct jangle_transport_trial *given;
    int64_t delay_ms;
    pthread_t thread;
    bool stopped;
};

/* The broker is stopped in so many milliseconds. False: it failed, and there is nothing
 * to join. */
bool jn_stopper_start(struct jn_trial *trial,
                      struct jn_stopper *stopper,
                      int64_t delay_ms);

/* Afterwards the broker is stopped. */
void jn_stopper_join(struct jn_trial *trial, struct jn_stopper *stopper);

/* Attach when the broker was started again: that may be BUSY at first. */
void jn_attach_when_back(struct jn_trial *trial,
                         struct jangle_transport *transport,
                         const struct jangle_queue *queue);

#endif
