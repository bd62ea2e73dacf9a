/* dispatch.c - the subscriptions are opened and closed, commits are reported to them, and
 * workers sleep. */
#include "dispatch/dispatch.h"

#include "command/commands.h"
#include "core/config.h"
#include "core/patience.h"
#include "dispatch/gathering.h"
#include "dispatch/kept_page.h"
#include "dispatch/scheduler.h"
#include "subscription/checkpoint_writer.h"
#include "subscription/claim.h"
#include "subscription/crash_guard.h"
#include "subscription/ends.h"

static int64_t sooner(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* ---- open and close ---------------------------------------------------------- */

/* NULL when out of memory. */
static struct jn_dispatch *make_dispatch(struct jangle *jangle)
{
    const struct jangle_allocator *allocator = &jangle->host.host.allocator;
    struct jn_dispatch *dispatch = jn_new(allocator, sizeof *dispatch);
    size_t count = jangle->config.subscribers.count + jangle->registry.sagas.count +
                   jangle->registry.publishers.count;

    if (!dispatch)
        return NULL;
    dispatch->jangle = jangle;
    dispatch->subscriptions =
        jn_new(allocator, (count + 1) * sizeof *dispatch->subscriptions);
    if (!dispatch->subscriptions)
        goto no_subscriptions;
    if (jn_ring_init(&dispatch->ring, jangle->config.dispatch_queue_count, allocator))
        goto no_ring;
    if (jn_mutex_init(&dispatch->mutex))
        goto no_mutex;
    if (jn_cond_init(&dispatch->work))
        goto no_work;
    if (jn_cond_init(&dispatch->own_work))
        goto no_own_work;
    if (jn_cond_init(&dispatch->changed))
        goto no_changed;
    if (!jn_cond_init(&dispatch->run_changed))
        return dispatch;
    jn_cond_finish(&dispatch->changed);
no_changed:
    jn_cond_finish(&dispatch->own_work);
no_own_work:
    jn_cond_finish(&dispatch->work);
no_work:
    jn_mutex_finish(&dispatch->mutex);
no_mutex:
    jn_ring_finish(&dispatch->ring);
no_ring:
    jn_free(allocator, dispatch->subscriptions);
no_subscriptions:
    jn_free(allocator, dispatch);
    return NULL;
}

/* Its owner's lock is given up last of what others see: whoever owns it next finds the
 * file closed. */
static void close_subscription(struct jn_subscription *subscription)
{
    struct jangle *jangle = jn_jangle_of(subscription);

    if (subscription->kind->close)
        subscription->kind->close(subscription);
    if (subscription->owned)
        jangle->store->ops->disown(jangle->store, jn_name_of(subscription),
                                   !jn_crash_guard_is_over(subscription));
    jn_kept_page_drop(subscription);
    jn_subscription_finish(subscription);
}

static void destroy_dispatch(struct jn_dispatch *dispatch)
{
    const struct jangle_allocator *allocator = &dispatch->jangle->host.host.allocator;

    for (size_t i = 0; i < dispatch->count; i++)
        close_subscription(&dispatch->subscriptions[i]);
    jn_cond_finish(&dispatch->run_changed);
    jn_cond_finish(&dispatch->changed);
    jn_cond_finish(&dispatch->own_work);
    jn_cond_finish(&dispatch->work);
    jn_mutex_finish(&dispatch->mutex);
    jn_ring_finish(&dispatch->ring);
    jn_pauses_finish(dispatch);
    jn_free(allocator, dispatch->subscriptions);
    jn_free(allocator, dispatch);
}

/* The subscription counts from the first line on, so that a failure closes it, too. */
static struct jn_subscription *
add_subscription(struct jn_dispatch *dispatch,
                 const struct jn_kind *kind,
                 const struct jangle_subscriber *subscriber)
{
    struct jn_subscription *subscription = &dispatch->subscriptions[dispatch->count++];

    jn_subscription_init(subscription, dispatch, kind, subscriber);
    return subscription;
}

static enum jangle_result open_subscription(struct jn_subscription *subscription,
                                            const struct jangle_retry *retry,
                                            struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    const struct jn_kind *kind = subscription->kind;
    const struct jangle_subscriber *subscriber = subscription->subscriber;
    enum jangle_result result =
        jn_config_complete_retry(&subscription->retry, retry, subscriber->name, error);

    if (!result && kind->open)
        result = kind->open(subscription, error);
    if (!result)
        result = jn_subscription_claim(subscription, error);
    if (!result && !subscription->owned)
        JN_LOG(&jangle->log, SUBSCRIBER_ELSEWHERE,
               JN_PAIRS(JN_TEXT("subscriber", subscriber->name)),
               "%s is run by another process", subscriber->name);
    return result;
}

static enum jangle_result open_subscriber(struct jn_dispatch *dispatch,
                                          const struct jangle_subscriber *subscriber,
                                          struct jangle_error *error)
{
    const struct jn_kind *kind =
        jn_is_view(subscriber) ? dispatch->kinds.view : dispatch->kinds.plain;

    return open_subscription(add_subscription(dispatch, kind, subscriber),
                             &dispatch->jangle->config.retry, error);
}

static enum jangle_result open_saga(struct jn_dispatch *dispatch,
                                    const struct jangle_saga *saga,
                                    struct jangle_error *error)
{
    const struct jn_saga_type *type =
        jn_map_find(&dispatch->jangle->registry.sagas, saga->name);
    struct jn_subscription *subscription =
        add_subscription(dispatch, dispatch->kinds.saga, &type->subscriber);

    subscription->saga = type;
    return open_subscription(subscription, &dispatch->jangle->config.saga_retry, error);
}

/* What cannot be published yet is tried without end: the other program may be installed
 * later. */
static enum jangle_result open_publisher(struct jn_dispatch *dispatch,
                                         const struct jangle_publisher *publisher,
                                         struct jangle_error *error)
{
    const struct jn_publisher_type *type =
        jn_map_find(&dispatch->jangle->registry.publishers, publisher->name);
    struct jangle_retry retry = dispatch->jangle->config.retry;
    struct jn_subscription *subscription =
        add_subscription(dispatch, dispatch->kinds.publisher, &type->subscriber);

    subscription->publisher = type;
    retry.max_attempts = -1;
    return open_subscription(subscription, &retry, error);
}

static enum jangle_result open_all(struct jn_dispatch *dispatch,
                                   struct jangle_error *error)
{
    const struct jangle_config *config = &dispatch->jangle->config;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < config->subscribers.count; i++)
        result = open_subscriber(dispatch, config->subscribers.items[i], error);
    for (size_t i = 0; !result && i < config->sagas.count; i++)
        result = open_saga(dispatch, config->sagas.items[i], error);
    for (size_t i = 0; !result && i < config->publishers.count; i++)
        result = open_publisher(dispatch, config->publishers.items[i], error);
    return result;
}

enum jangle_result jn_dispatch_open(struct jangle *jangle,
                                    const struct jn_kinds *kinds,
                                    struct jangle_error *error)
{
    struct jn_dispatch *dispatch = make_dispatch(jangle);
    enum jangle_result result;

    if (!dispatch)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    dispatch->kinds = *kinds;
    result = jn_pauses_read(dispatch, error);
    if (!result)
        result = open_all(dispatch, error);
    if (result) {
        destroy_dispatch(dispatch);
        return result;
    }
    dispatch->look_interval_us = jangle->config.head_interval_ms * 1000;
    jangle->commands->committer.commit.source = jn_checkpoint_source_of(dispatch);
    jangle->commands->committer.commit.end_source = jn_end_source_of(dispatch);
    jangle->dispatch = dispatch;
    return JANGLE_OK;
}

/* The first flush stores the ends that wait, and the next ones the checkpoints that may
 * pass them then. A commit takes at most JN_CHECKPOINTS_LIMIT checkpoints. One that
 * cannot be stored costs no event: after the next open those since the stored checkpoint
 * are delivered again. */
static void flush_all(struct jangle *jangle)
{
    struct jangle_error error = {0};
    size_t groups = jangle->dispatch->count / JN_CHECKPOINTS_LIMIT + 1;

    jn_ends_flush_all(jangle->dispatch);
    while (groups-- && !error.result)
        jn_committer_flush(&jangle->commands->committer, &error);
    if (error.result)
        JN_LOG_STORE(&jangle->log, error.result, NULL, 0,
                     "the last checkpoints could not be stored, so some events will be "
                     "delivered again: %s",
                     error.message);
}

void jn_dispatch_close(struct jangle *jangle)
{
    if (!jangle->dispatch)
        return;
    flush_all(jangle);
    jangle->commands->committer.commit.source = (struct jn_checkpoint_source){0};
    jangle->commands->committer.commit.end_source = (struct jn_end_source){0};
    destroy_dispatch(jangle->dispatch);
    jangle->dispatch = NULL;
}

/* ---- commits, and sleep ------------------------------------------------------- */

void jn_dispatch_committed(struct jangle *jangle,
                           const struct jangle_append *appends,
                           size_t count)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t head = 0, before;
    bool wakes;

    for (size_t i = 0; i < count; i++) {
        if (appends[i].error.result || appends[i].repeated)
            continue;
        for (size_t j = 0; j < appends[i].count; j++) {
            jn_ring_keep(&dispatch->ring, &appends[i].records[j]);
            head = appends[i].records[j].position;
        }
    }
    /* After the ring, so that whoever sees the new head finds its events there. */
    jn_mutex_lock(&dispatch->mutex);
    before = atomic_load(&jangle->head);
    if (jn_dispatch_raise_head(dispatch, head))
        jn_gathering_begin(dispatch, before);
    wakes = jn_scheduler_needs_worker(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    if (wakes || jn_snapshotter_has_work(&jangle->commands->snapshotter))
        jn_cond_signal(&dispatch->work);
}

/* Under the mutex: how long until the next run, checkpoint or look at the store is due.
 */
static int64_t due_in_us(const struct jn_dispatch *dispatch)
{
    const struct jangle_config *config = &dispatch->jangle->config;
    int64_t due_us = dispatch->look_due_us;

    for (size_t i = 0; i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->checkpoint_due_us)
            due_us = sooner(due_us, subscription->checkpoint_due_us);
        if (jn_scheduler_may_begin(subscription))
            due_us = sooner(due_us, jn_scheduler_due_us(subscription));
    }
    due_us -= jn_dispatch_now_us(dispatch);
    return sooner(due_us, sooner(config->retry_interval_ms * 1000, jn_sleep_limit_us));
}

/* Under the mutex. One worker watches those views that gather events: it sleeps no longer
 * than the first of them waits. The others need not wake for that. */
static void sleep_for(struct jn_dispatch *dispatch, int64_t us, int64_t gathers_until_us)
{
    int64_t until_us = jn_monotonic_us() + us;
    bool watches = gathers_until_us < until_us;

    if (watches)
        dispatch->watched_us = until_us = gathers_until_us;
    jn_cond_wait_until(&dispatch->work, &dispatch->mutex, until_us);
    if (watches && dispatch->watched_us == until_us)
        dispatch->watched_us = 0;
}

/* When it is due is asked under the same hold of the mutex, so that whatever becomes due
 * sooner after that finds the sleeper, and wakes it. Which views gather is asked before
 * what is due now, because the time of a view may end between the two questions: then the
 * second one finds it. In the other order neither would. */
void jn_dispatch_sleep(struct jangle *jangle, int64_t least_us, int64_t most_us)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t us, gathers_until_us;

    jn_mutex_lock(&dispatch->mutex);
    us = due_in_us(dispatch);
    us = sooner(us > least_us ? us : least_us, most_us);
    gathers_until_us = jn_scheduler_unwatched_us(dispatch);
    if (us > 0 && !atomic_load(&jangle->stopping) && !jn_scheduler_next(dispatch))
        sleep_for(dispatch, us, gathers_until_us);
    jn_mutex_unlock(&dispatch->mutex);
}

void jn_dispatch_wake(struct jangle *jangle)
{
    struct jn_dispatch *dispatch = jangle->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    jn_cond_broadcast(&dispatch->work);
    jn_cond_broadcast(&dispatch->own_work);
    jn_dispatch_tell_change(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
}

void jn_dispatch_pass_on(struct jangle *jangle)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    bool wakes;

    jn_mutex_lock(&dispatch->mutex);
    wakes = jn_scheduler_needs_worker(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    if (wakes)
        jn_cond_signal(&dispatch->work);
}

void jn_dispatch_hurry(struct jangle *jangle)
{
    jn_mutex_lock(&jangle->dispatch->mutex);
    jangle->dispatch->hurried++;
    jn_mutex_unlock(&jangle->dispatch->mutex);
}

void jn_dispatch_unhurry(struct jangle *jangle)
{
    jn_mutex_lock(&jangle->dispatch->mutex);
    jangle->dispatch->hurried--;
    jn_mutex_unlock(&jangle->dispatch->mutex);
}
