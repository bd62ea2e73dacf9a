/* replay.h - one call of jangle_replay, which builds a view again or compares it. */
#ifndef JN_REPLAY_H
#define JN_REPLAY_H

#include "dispatch/dispatch.h"
#include "subscription/subscription.h"

struct jn_replay {
    struct jangle *jangle;
    struct jn_subscription *subscription; /* held */
    const struct jangle_replay_options *options;
    struct jangle_progress progress;
    int64_t started_us, told_us;
    struct jangle_error *error;
};

#endif
