/* replay.c - jangle_replay: a view is built again in a new file, by a shadow of its
 * subscription, and the new file then replaces the old one. A crash before that leaves
 * the old file in use, and the next replay goes on with the new one. */
#include "core/call.h"
#include "core/instance.h"
#include "dispatch/batch.h"
#include "dispatch/kept_page.h"
#include "subscription/checkpoint.h"
#include "subscription/hold.h"
#include "subscription/survey.h"
#include "view/replay_compare.h"
#include "view/view_opening.h"

/* Run the shadow's batches until it is where the log ended when the replay began. The
 * view is then a little behind, and goes on from there as it always does. */
static enum jangle_result fill_shadow(struct jn_replay *replay,
                                      struct jn_subscription *shadow)
{
    struct jangle_progress *progress = &replay->progress;
    enum jangle_result result = jn_checkpoint_read(shadow, replay->error);
    struct jn_survey survey;
    int64_t done;

    jn_survey(shadow, &survey);
    while (!result && survey.position < progress->total) {
        progress->done = survey.position;
        result = jn_replay_tell(replay, survey.position == 0);
        if (result)
            return result;
        done = 0;
        result = jn_batch_run(shadow, &done, replay->error);
        jn_survey(shadow, &survey);
        if (!result && survey.suspension.kind)
            return jn_fail(replay->error, JANGLE_INVALID,
                           "the replay of \"%s\" cannot go on after event %lld: %s",
                           progress->subscriber, (long long)survey.position,
                           survey.suspension.reason);
    }
    progress->done = survey.position;
    return result ? result : jn_replay_tell(replay, true);
}

/* The swap is atomic: before it every reader sees the old file, after it the new one. */
static enum jangle_result rebuild(struct jn_replay *replay)
{
    struct jangle_view_file *live = replay->subscription->file, *file = NULL;
    struct jn_subscription shadow;
    struct jangle_view_spec spec;
    enum jangle_result result;

    jn_view_describe(replay->subscription, &spec);
    result = replay->jangle->store->ops->head(replay->jangle->store,
                                              &replay->progress.total, replay->error);
    if (!result)
        result = live->ops->rebuild(live, &spec, &file, replay->error);
    if (result)
        return result;
    jn_subscription_cast_shadow(replay->subscription, &shadow, file);
    result = fill_shadow(replay, &shadow);
    jn_kept_page_drop(&shadow);
    jn_subscription_finish(&shadow);
    JN_FAILPOINT("replay.before_swap");
    if (!result)
        result = live->ops->swap(live, file, replay->error);
    JN_FAILPOINT("replay.after_swap");
    file->ops->close_file(file);
    return result;
}

/* ---- jangle_replay ----------------------------------------------------------- */

static enum jangle_result check_options(const struct jn_replay *replay)
{
    const struct jangle_subscriber *subscriber = replay->subscription->subscriber;
    const struct jangle_replay_options *options = replay->options;
    const char *wrong = NULL;

    if (options->rounds < 0)
        return jn_fail(replay->error, JANGLE_INVALID,
                       "\"%s\" cannot be replayed in %d rounds: ask for 1 or more, or "
                       "for 0, which is one",
                       subscriber->name, options->rounds);
    if (!jn_is_view(subscriber))
        wrong = "is not a view: only views are replayed";
    else if (options->shuffled && subscriber->order != JANGLE_ANY_ORDER)
        wrong =
            "takes events in order: it cannot be shuffled without JANGLE_ANY_ORDER, "
            "which "
            "says that it takes them in any order";
    else if (options->rounds > 1 && subscriber->order != JANGLE_ANY_ORDER)
        wrong =
            "takes events in order, and each once: it cannot be built in several rounds "
            "without JANGLE_ANY_ORDER, for events in any order";
    else if (options->rounds > 1 && !options->compare && !options->shuffled)
        wrong = "is rebuilt in one round: several rounds need `compare` or `shuffled`";
    return wrong ? jn_fail(replay->error, JANGLE_INVALID, "\"%s\" %s", subscriber->name,
                           wrong)
                 : JANGLE_OK;
}

static enum jangle_result run_replay(struct jn_replay *replay)
{
    struct jn_subscription *subscription = replay->subscription;
    struct jangle_error released = {0};
    enum jangle_result result =
        jn_subscription_hold(subscription, JN_HELD_BY_REPLAY, replay->error);

    if (result)
        return result;
    JN_LOG(&replay->jangle->log, REPLAY_PROGRESS,
           JN_PAIRS(JN_TEXT("subscriber", replay->progress.subscriber)), "begun");
    if (replay->options->compare || replay->options->shuffled)
        result = jn_replay_compare(replay);
    else
        result = rebuild(replay);
    if (jn_subscription_release(subscription, &released) && !result)
        result = jn_fail_as(replay->error, &released);
    JN_LOG(&replay->jangle->log, REPLAY_PROGRESS,
           JN_PAIRS(JN_TEXT("subscriber", replay->progress.subscriber),
                    JN_NUMBER("events", replay->progress.done)),
           "ended: %s%s%s", jangle_result_name(result), result ? ": " : "",
           replay->error->message);
    return result;
}

static enum jangle_result replay_view(struct jangle *jangle,
                                      const char *subscriber,
                                      const struct jangle_replay_options *options,
                                      struct jangle_error *error)
{
    static const struct jangle_replay_options defaults = {0};
    struct jn_replay replay = {
        .jangle = jangle,
        .options = options ? options : &defaults,
        .progress = {.subscriber = subscriber, .round = 1},
        .error = error,
    };
    enum jangle_result result = jn_check_open(jangle, replay.error);

    if (result)
        return result;
    replay.started_us = jn_host_monotonic_us(&jangle->host);
    replay.subscription = jn_subscription_find_or_fail(jangle, subscriber, replay.error);
    if (!replay.subscription)
        return JANGLE_NOT_FOUND;
    result = check_options(&replay);
    return result ? result : run_replay(&replay);
}

enum jangle_result jangle_replay(struct jangle *jangle,
                                 const char *subscriber,
                                 const struct jangle_replay_options *options,
                                 struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = replay_view(jangle, subscriber, options, &why);

    return jn_call_end(jangle, "jangle_replay", result, &why, error);
}
