/* tried_hub.c - a hub that a trial of a transport stops and starts, and whose clock the
 * trial moves. */
#include "contract/tried_hub.h"

static jangle_time now(void *context)
{
    return (jangle_time){.us = ((struct tried_hub *)context)->now_us};
}

static int64_t monotonic_us(void *context)
{
    return ((struct tried_hub *)context)->now_us;
}

static bool stop_hub(void *context)
{
    jangle_hub_stop(((struct tried_hub *)context)->hub);
    return true;
}

static bool start_hub(void *context)
{
    jangle_hub_start(((struct tried_hub *)context)->hub);
    return true;
}

static bool pass_time(void *context, int64_t ms)
{
    ((struct tried_hub *)context)->now_us += ms * 1000;
    return true;
}

bool tried_hub_open(struct tried_hub *tried,
                    struct jangle_transport_trial *trial,
                    bool has_clock)
{
    tried->now_us = 1000000;
    trial->stop = stop_hub;
    trial->start = start_hub;
    trial->context = tried;
    if (has_clock) {
        trial->pass = pass_time;
        trial->host.clock = (struct jangle_clock){
            .now = now, .monotonic_us = monotonic_us, .context = tried};
    }
    tried->hub = jangle_hub_open(&trial->host);
    return tried->hub;
}

struct jangle_broker tried_hub_broker(const struct tried_hub *tried, bool on_logs)
{
    return on_logs ? jangle_hub_log_broker(tried->hub) : jangle_hub_broker(tried->hub);
}

void tried_hub_close(struct tried_hub *tried)
{
    jangle_hub_close(tried->hub);
}
