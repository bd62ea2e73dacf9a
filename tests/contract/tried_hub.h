/* tried_hub.h - a hub that a trial of a transport stops and starts, and whose clock the
 * trial moves. */
#ifndef TRIED_HUB_H
#define TRIED_HUB_H

#include <jangle/messaging.h>
#include <jangle/testing_transport.h>

struct tried_hub {
    struct jangle_hub *hub;
    _Atomic int64_t now_us;
};

/* Open the hub for the trial, which borrows it. Without `has_clock` both go by the clock
 * of the system. False: out of memory. */
bool tried_hub_open(struct tried_hub *tried,
                    struct jangle_transport_trial *trial,
                    bool has_clock);

struct jangle_broker tried_hub_broker(const struct tried_hub *tried, bool on_logs);

void tried_hub_close(struct tried_hub *tried);

#endif
