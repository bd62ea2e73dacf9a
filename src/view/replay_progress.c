/* replay_progress.c - how far a replay has come is reported, and it is stopped. */
#include "view/replay_progress.h"

enum { TELL_EVERY_US = 200000 };

enum jangle_result jn_replay_tell(struct jn_replay *replay, bool now)
{
    struct jangle_progress *progress = &replay->progress;
    int64_t now_us = jn_host_monotonic_us(&replay->jangle->host);
    int64_t past_us = now_us - replay->started_us;

    if (progress->total < progress->done) /* events were stored in the meantime */
        progress->total = progress->done;
    if (atomic_load(&replay->jangle->stopping))
        return jn_fail(replay->error, JANGLE_CLOSED, "jangle is closing");
    if (!replay->options->progress || (!now && now_us - replay->told_us < TELL_EVERY_US))
        return JANGLE_OK;
    replay->told_us = now_us;
    progress->per_second =
        past_us > 0 ? (double)progress->done * 1e6 / (double)past_us : 0;
    progress->left_ms = progress->per_second > 0
                            ? (int64_t)((double)(progress->total - progress->done) * 1e3 /
                                        progress->per_second)
                            : 0;
    if (replay->options->progress(replay->options->context, progress))
        return JANGLE_OK;
    return jn_fail(replay->error, JANGLE_CANCELLED,
                   "the replay of \"%s\" was stopped after %lld of %lld events",
                   progress->subscriber, (long long)progress->done,
                   (long long)progress->total);
}
