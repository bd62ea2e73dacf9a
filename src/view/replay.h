/* replay.h - the inside of jangle_replay: what its two ways have in common. */
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

/* Tell how far it is, if it is time or `now`; CANCELLED or CLOSED if it is to stop. */
enum jangle_result jn_replay_tell(struct jn_replay *replay, bool now);

/* Build the view anew in its shadow, and put that in its place. */
enum jangle_result jn_replay_rebuild(struct jn_replay *replay);

/* Build it in a scratch file, in whatever order, and compare. */
enum jangle_result jn_replay_compare(struct jn_replay *replay);

#endif
