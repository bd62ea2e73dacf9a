/* lifecycle.c - subscribers that come and go: listed, measured, reset, forgotten. */
#include "core/call.h"
#include "core/instance.h"
#include "messaging/consumer/consumer.h"
#include "messaging/consumer/offset_names.h"
#include "subscription/checkpoint.h"
#include "subscription/hold.h"
#include "subscription/survey.h"

/* ---- listed ------------------------------------------------------------------ */

struct names {
    struct jangle_arena arena;
    struct {
        const char **items;
        size_t count;
    } list;
};

static enum jangle_result visit_checkpoint(void *context,
                                           const struct jangle_checkpoint *checkpoint)
{
    struct names *names = context;
    const char *name;

    if (!jn_name_is_of_table(checkpoint->subscriber))
        return JANGLE_OK;
    name = jn_arena_copy_text(&names->arena, checkpoint->subscriber);
    jangle_list_add_(&names->arena, &names->list, sizeof name, &name);
    return names->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

/* The names are collected first, so that the visit may forget a subscriber. */
enum jangle_result jangle_subscriber_visit(struct jangle *jangle,
                                           jangle_subscriber_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    struct names names = {0};
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_process(jangle, &why), memory;

    if (result)
        goto done;
    jn_arena_init(&names.arena, &jangle->host.host.allocator);
    result = jangle->store->ops->read_checkpoints(jangle->store, visit_checkpoint, &names,
                                                  &why);
    memory = jn_arena_check(&names.arena, &why);
    result = memory ? memory : result;
    for (size_t i = 0; !result && i < names.list.count; i++)
        result = jn_call_visited(visit(context, names.list.items[i]), &why);
    jn_arena_finish(&names.arena);
done:
    return jn_call_end(jangle, "jangle_subscriber_visit", result, &why, error);
}

/* ---- measured ---------------------------------------------------------------- */

/* Of a subscriber that this process runs: what is known in memory, which is newer than
 * what is stored. */
static void measure_here(const struct jn_survey *survey,
                         struct jangle_subscriber_stats *stats)
{
    const struct jn_suspension *suspension = &survey->suspension;

    *stats = (struct jangle_subscriber_stats){
        .position = survey->position,
        .parked = survey->waiting,
        .dead = survey->dead,
        .here = true,
        .replaying = survey->hold == JN_HELD_BY_REPLAY,
        .suspended = suspension->since,
        .mismatched = survey->mismatched,
    };
    memcpy(stats->reason, suspension->kind ? suspension->reason : survey->last_failure,
           sizeof stats->reason);
    if (!jn_survey_stands_before(survey, suspension->before.position))
        return;
    stats->before = suspension->before.position;
    stats->before_tries = suspension->before.tries;
    memcpy(stats->before_type, suspension->before.type, sizeof stats->before_type);
}

static enum jangle_result count_stored_row(void *context,
                                           const struct jangle_parked *parked)
{
    struct jangle_subscriber_stats *stats = context;

    stats->parked += !parked->dead;
    stats->dead += parked->dead;
    if (!stats->suspended.us && parked->error)
        jn_text_show(stats->reason, sizeof stats->reason, parked->error);
    return JANGLE_OK;
}

static void measure_checkpoint(struct jangle_subscriber_stats *stats,
                               const struct jangle_checkpoint *checkpoint)
{
    stats->position = checkpoint->position;
    stats->suspended = checkpoint->suspended_at;
    if (checkpoint->suspended_for)
        jn_text_show(stats->reason, sizeof stats->reason, checkpoint->reason);
}

/* Of a subscriber that this program lacks: what is stored. */
static enum jangle_result measure_stranger(struct jangle *jangle,
                                           const char *subscriber,
                                           struct jangle_subscriber_stats *stats,
                                           struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct jangle_checkpoint checkpoint = {0};
    jangle_time all = {0};
    enum jangle_result result =
        jn_subscription_find_stored(jangle, subscriber, &checkpoint, error);

    if (result)
        return result;
    measure_checkpoint(stats, &checkpoint);
    return store->ops->read_parked(store, subscriber, all, INT32_MAX, count_stored_row,
                                   stats, error);
}

/* Of a subscriber of this program; if another process runs it, only what is stored is
 * known. */
static enum jangle_result measure_known(struct jn_subscription *subscription,
                                        struct jangle_subscriber_stats *stats,
                                        struct jangle_error *error)
{
    struct jangle_checkpoint checkpoint;
    struct jn_survey survey;
    enum jangle_result result;

    jn_survey(subscription, &survey);
    if (survey.owned) {
        measure_here(&survey, stats);
        return JANGLE_OK;
    }
    result = jn_checkpoint_stored(subscription, &checkpoint, error);
    measure_checkpoint(stats, &checkpoint);
    return result
               ? result
               : jn_checkpoint_visit_parked(subscription, count_stored_row, stats, error);
}

static enum jangle_result measure_pause(struct jangle *jangle,
                                        const char *subscriber,
                                        struct jangle_subscriber_stats *stats,
                                        struct jangle_error *error)
{
    enum jangle_result result = jn_pauses_read(jangle->dispatch, error);
    struct jn_pause pause;

    if (result)
        return result;
    jn_pause_find(jangle->dispatch, subscriber, &pause);
    stats->paused = pause.since;
    memcpy(stats->paused_by, pause.who, sizeof pause.who);
    memcpy(stats->paused_why, pause.why, sizeof pause.why);
    return JANGLE_OK;
}

enum jangle_result jangle_measure_subscriber(struct jangle *jangle,
                                             const char *subscriber,
                                             struct jangle_subscriber_stats *stats,
                                             struct jangle_error *error)
{
    struct jn_subscription *subscription;
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_process(jangle, &why);
    int64_t head = 0;

    *stats = (struct jangle_subscriber_stats){0};
    if (result)
        goto done;
    subscription = jn_subscription_find(jangle, subscriber);
    result = subscription ? measure_known(subscription, stats, &why)
                          : measure_stranger(jangle, subscriber, stats, &why);
    if (!result)
        result = measure_pause(jangle, subscriber, stats, &why);
    if (!result)
        result = jangle->store->ops->head(jangle->store, &head, &why);
    stats->lag = head > stats->position ? head - stats->position : 0;
done:
    return jn_call_end(jangle, "jangle_measure_subscriber", result, &why, error);
}

/* ---- reset ------------------------------------------------------------------- */

/* The new checkpoint is stored first, and then read again when the subscription is
 * released, as after an open. If it is unknown whether it was stored, it is read for that
 * reason. */
static enum jangle_result reset_subscriber(struct jangle *jangle,
                                           const char *subscriber,
                                           int64_t position,
                                           struct jangle_error *error)
{
    struct jn_subscription *subscription;
    enum jangle_result result;

    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    subscription = jn_subscription_find_or_fail(jangle, subscriber, error);
    if (!subscription)
        return JANGLE_NOT_FOUND;
    if (jn_is_view(subscription->subscriber))
        return jn_fail(error, JANGLE_INVALID,
                       "\"%s\" is a view: jangle_replay rebuilds it", subscriber);
    if (position < 0)
        return jn_fail(error, JANGLE_INVALID, "\"%s\" cannot be set to position %lld",
                       subscriber, (long long)position);
    result = jn_subscription_hold(subscription, JN_HELD_BY_RESET, error);
    if (result)
        return result;
    result = jn_checkpoint_set(subscription, position, error);
    if (!result)
        return jn_subscription_release(subscription, error);
    if (result == JANGLE_UNKNOWN)
        (void)jn_subscription_release(subscription, NULL); /* read what is stored */
    else
        jn_subscription_let_go(subscription);
    if (error && result == JANGLE_NOT_FOUND)
        error->result = JANGLE_INVALID;
    return result == JANGLE_NOT_FOUND ? JANGLE_INVALID : result;
}

enum jangle_result jangle_subscriber_reset(struct jangle *jangle,
                                           const char *subscriber,
                                           int64_t position,
                                           struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = reset_subscriber(jangle, subscriber, position, &why);

    return jn_call_end(jangle, "jangle_subscriber_reset", result, &why, error);
}

/* ---- forgotten --------------------------------------------------------------- */

static enum jangle_result forget_subscriber(struct jangle *jangle,
                                            const char *subscriber,
                                            struct jangle_error *error)
{
    struct jangle_store *store;
    struct jangle_error why = {0};
    bool unclean;
    enum jangle_result result;

    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    if (jn_check_leader(jangle, error))
        return JANGLE_INVALID;
    if (!subscriber || !jn_name_is_of_table(subscriber))
        return jn_subscription_fail_unknown(subscriber, error);
    if (jn_subscription_find(jangle, subscriber) || jn_consumer_find(jangle, subscriber))
        return jn_fail(error, JANGLE_INVALID,
                       "\"%s\" belongs to this program: it cannot be forgotten",
                       subscriber);
    store = jangle->store;
    result = store->ops->own(store, subscriber, &unclean, error);
    if (result)
        return result;
    result = jn_offset_names_forget(jangle, subscriber, &why);
    if (!result)
        result = store->ops->rename(store, subscriber, NULL, &why);
    store->ops->disown(store, subscriber, unclean);
    if (result == JANGLE_NOT_FOUND)
        return jn_subscription_fail_unknown(subscriber, error);
    return jn_fail_as(error, &why);
}

enum jangle_result jangle_subscriber_forget(struct jangle *jangle,
                                            const char *subscriber,
                                            struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = forget_subscriber(jangle, subscriber, &why);

    return jn_call_end(jangle, "jangle_subscriber_forget", result, &why, error);
}
