/* replay_compare.c - a view is built in a scratch file, in order or shuffled, and
 * compared with the view that there is. */
#include "view/replay_compare.h"

#include "dispatch/deliver.h"
#include "subscription/survey.h"
#include "view/view_opening.h"

/* ---- the order of a round ---------------------------------------------------- */

/* Every position once. (R. Durstenfeld, "Algorithm 235: Random permutation", 1964.) */
static void shuffle(int64_t *positions, int64_t count, uint64_t *seed)
{
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = (int64_t)(jn_mix(*seed += JN_MIX_STEP) % (uint64_t)(i + 1));
        int64_t position = positions[i];

        positions[i] = positions[j];
        positions[j] = position;
    }
}

/* ---- feeding ----------------------------------------------------------------- */

struct feeding {
    struct jn_replay *replay;
    struct jangle_view_file *file;
    struct jangle_view *view;
    struct jn_event_page page;
    struct jangle_arena arena; /* of the event that is delivered */
    int64_t *positions;
    int64_t count; /* events of a round */
};

static enum jangle_result deliver_to_scratch(struct feeding *feeding, int64_t position)
{
    struct jn_replay *replay = feeding->replay;
    const struct jn_item *item;
    char reason[JN_REASON_SIZE];
    struct jn_delivery delivery;
    enum jangle_result result =
        jn_event_page_read_one(&feeding->page, position, replay->error);

    item = result ? NULL : &feeding->page.items[0];
    if (result || !item->handler)
        return result;
    if (jn_is_too_new(&item->record, item->handler, reason))
        return jn_fail(replay->error, JANGLE_INVALID, "%s", reason);
    delivery = (struct jn_delivery){.subscription = replay->subscription,
                                    .record = &item->record,
                                    .handler = item->handler,
                                    .arena = &feeding->arena,
                                    .file = feeding->file,
                                    .view = feeding->view,
                                    .attempt = 1,
                                    .replaying = true};
    jn_deliver(&delivery);
    if (delivery.report.outcome == JN_DONE)
        return JANGLE_OK;
    return jn_fail(replay->error, delivery.report.error.result,
                   "\"%s\" failed on event %lld (%s): %s", replay->progress.subscriber,
                   (long long)position, item->record.type, delivery.report.error.message);
}

/* The events from `from` on, up to `to`, in one transaction. */
static enum jangle_result feed_batch(struct feeding *feeding, int64_t from, int64_t to)
{
    struct jn_replay *replay = feeding->replay;
    struct jangle_view_file *file = feeding->file;
    struct jangle_checkpoint checkpoint = {.subscriber = replay->progress.subscriber};
    enum jangle_result result = file->ops->begin(file, &feeding->view, replay->error);

    if (result)
        return result;
    for (int64_t i = from; !result && i < to; i++)
        result = deliver_to_scratch(feeding, feeding->positions[i]);
    if (!result)
        result = file->ops->commit(file, &checkpoint, false, replay->error);
    if (result)
        file->ops->roll_back(file);
    return result;
}

static enum jangle_result feed_round(struct feeding *feeding)
{
    struct jn_replay *replay = feeding->replay;
    int64_t batch_count = replay->jangle->config.batch_count;
    enum jangle_result result = JANGLE_OK;

    for (int64_t from = 0; !result && from < feeding->count; from += batch_count) {
        int64_t to = from + batch_count;

        if (to > feeding->count)
            to = feeding->count;
        result = feed_batch(feeding, from, to);
        replay->progress.done += to - from;
        if (!result)
            result = jn_replay_tell(replay, to == feeding->count);
    }
    return result;
}

static enum jangle_result feed(struct feeding *feeding)
{
    const struct jangle_replay_options *options = feeding->replay->options;
    struct jangle_progress *progress = &feeding->replay->progress;
    int rounds = options->rounds ? options->rounds : 1;
    uint64_t seed = options->seed;
    enum jangle_result result = JANGLE_OK;

    for (int64_t i = 0; i < feeding->count; i++)
        feeding->positions[i] = i + 1;
    progress->total = feeding->count * rounds;
    for (int round = 1; !result && round <= rounds; round++) {
        progress->round = round;
        if (options->shuffled)
            shuffle(feeding->positions, feeding->count, &seed);
        result = feed_round(feeding);
    }
    return result;
}

/* ---- comparing --------------------------------------------------------------- */

static enum jangle_result compare_rounds(struct feeding *feeding)
{
    struct jn_replay *replay = feeding->replay;
    const struct jangle_replay_options *options = replay->options;
    struct jangle_view_comparison comparison = {0};
    struct jangle_error error = {0};
    enum jangle_result result = replay->subscription->file->ops->compare(
        replay->subscription->file, feeding->file, &comparison, &error);

    replay->progress.tables = comparison.tables;
    replay->progress.rows = comparison.rows;
    if (!result)
        return jn_replay_tell(replay, true);
    if (result == JANGLE_INVALID && options->shuffled)
        return jn_fail(replay->error, result, "%s (shuffled, seed %llu)", error.message,
                       (unsigned long long)options->seed);
    return jn_fail_as(replay->error, &error);
}

/* A view that lacks events of the log cannot be compared: some are parked, or were
 * skipped. */
static enum jangle_result check_complete(const struct jn_replay *replay)
{
    struct jn_subscription *subscription = replay->subscription;
    struct jangle_view_checkpoint checkpoint;
    struct jn_survey survey;

    jn_survey(subscription, &survey);
    if (survey.suspension.kind == JN_STALE)
        return jn_fail(replay->error, JANGLE_INVALID, "%s", survey.suspension.reason);
    if (survey.waiting + survey.dead)
        return jn_fail(replay->error, JANGLE_INVALID,
                       "%lld keys of \"%s\" are parked: it cannot be compared before "
                       "they are retried or the view is replayed",
                       (long long)(survey.waiting + survey.dead),
                       replay->progress.subscriber);
    if (subscription->file->ops->checkpoint(subscription->file, &checkpoint,
                                            replay->error))
        return replay->error->result;
    if (checkpoint.incomplete)
        return jn_fail(replay->error, JANGLE_INVALID,
                       "an event was skipped by \"%s\": it cannot be compared before it "
                       "is replayed",
                       replay->progress.subscriber);
    return JANGLE_OK;
}

enum jangle_result jn_replay_compare(struct jn_replay *replay)
{
    const struct jangle_allocator *allocator = &replay->jangle->host.host.allocator;
    struct jangle_view_store *views = replay->jangle->views;
    struct feeding feeding = {.replay = replay, .count = replay->subscription->position};
    struct jangle_view_spec spec;
    enum jangle_result result = check_complete(replay);

    if (result)
        return result;
    feeding.positions =
        jn_new(allocator, (size_t)(feeding.count + 1) * sizeof *feeding.positions);
    if (!feeding.positions)
        return jn_fail(replay->error, JANGLE_NO_MEMORY,
                       "out of memory for the order of %lld events",
                       (long long)feeding.count);
    jn_view_describe(replay->subscription, &spec);
    result = views->ops->scratch(views, &spec, &feeding.file, replay->error);
    if (!result) {
        jn_event_page_init(&feeding.page, replay->subscription, 1);
        jn_arena_init(&feeding.arena, allocator);
        result = feed(&feeding);
        if (!result)
            result = compare_rounds(&feeding);
        jn_arena_finish(&feeding.arena);
        jn_event_page_finish(&feeding.page);
        feeding.file->ops->close_file(feeding.file);
    }
    jn_free(allocator, feeding.positions);
    return result;
}
