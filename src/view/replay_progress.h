/* replay_progress.h - how far a replay has come is reported, and it is stopped. */
#ifndef JN_REPLAY_PROGRESS_H
#define JN_REPLAY_PROGRESS_H

#include "subscription/subscription.h"

#include <jangle/jangle.h>

/* One call of jangle_replay, which builds a view again or compares it. */
struct jn_replay {
    struct jangle *jangle;
    struct jn_subscription *subscription; /* held */
    const struct jangle_replay_options *options;
    struct jangle_progress progress;
    int64_t started_us, told_us;
    struct jangle_error *error;
};

/* Report how far the replay has come, if it is time to, or at once if `now`. CANCELLED or
 * CLOSED if it must stop. */
enum jangle_result jn_replay_tell(struct jn_replay *replay, bool now);

#endif
