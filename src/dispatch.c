/* dispatch.c - who is next: opens the subscriptions, chooses one for each step, lets
 * workers sleep. */
#include "subscription.h"

#include "config.h"

#include <assert.h>

enum { IDLE_DOUBLINGS = 4, SLEEP_LIMIT_US = 1000000 };

static int64_t now_us(const struct jn_dispatch *dispatch)
{
    return jn_host_monotonic_us(&dispatch->jangle->host);
}

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* ---- open and close
 * ---------------------------------------------------------------------- */

static size_t count_subscribers(const struct jangle *jangle)
{
    size_t count = 0;

    while (jangle->config.subscribers && jangle->config.subscribers[count])
        count++;
    return count;
}

/* NULL when out of memory. */
static struct jn_dispatch *make(struct jangle *jangle)
{
    const struct jangle_allocator *allocator = &jangle->host.host.allocator;
    struct jn_dispatch *dispatch = jn_new(allocator, sizeof *dispatch);
    size_t count = count_subscribers(jangle);

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
    if (!jn_cond_init(&dispatch->changed))
        return dispatch;
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

static void close_subscription(struct jn_subscription *subscription)
{
    struct jangle *jangle = jn_jangle_of(subscription);

    if (subscription->file)
        jangle->views->ops->close_file(subscription->file);
    if (subscription->owned)
        jangle->store->ops->disown(jangle->store, jn_subscriber_of(subscription)->name);
    jn_parked_finish(&subscription->parked);
    jn_arena_finish(&subscription->mark_arena);
}

static void destroy(struct jn_dispatch *dispatch)
{
    const struct jangle_allocator *allocator = &dispatch->jangle->host.host.allocator;

    for (size_t i = 0; i < dispatch->count; i++)
        close_subscription(&dispatch->subscriptions[i]);
    jn_cond_finish(&dispatch->changed);
    jn_cond_finish(&dispatch->work);
    jn_mutex_finish(&dispatch->mutex);
    jn_ring_finish(&dispatch->ring);
    jn_free(allocator, dispatch->subscriptions);
    jn_free(allocator, dispatch);
}

static enum jangle_result open_subscription(struct jn_dispatch *dispatch,
                                            const struct jangle_subscriber *subscriber,
                                            struct jangle_error *error)
{
    struct jangle *jangle = dispatch->jangle;
    const struct jangle_allocator *allocator = &jangle->host.host.allocator;
    struct jn_subscription *subscription = &dispatch->subscriptions[dispatch->count++];
    enum jangle_result result;

    *subscription = (struct jn_subscription){.dispatch = dispatch,
                                             .subscriber = subscriber,
                                             .retry = subscriber->retry,
                                             .marked = -1,
                                             .streak = 1};
    jn_parked_init(&subscription->parked, allocator, !jn_is_view(subscriber));
    jn_arena_init(&subscription->mark_arena, allocator);
    if (subscriber->threads > 1 || subscriber->threads < 0)
        return jn_fail(error, JANGLE_INVALID,
                       "subscriber \"%s\": threads is %d: this version has one thread a "
                       "subscriber",
                       subscriber->name, subscriber->threads);
    result = jn_config_complete_retry(&subscription->retry, &jangle->config.retry,
                                      subscriber->name, error);
    if (!result)
        result = jn_place_open(subscription, error);
    if (!result)
        result = jn_place_own(subscription, error);
    if (!result && !subscription->owned)
        JN_LOG(&jangle->log, SUBSCRIBER_ELSEWHERE,
               JN_PAIRS(JN_TEXT("subscriber", subscriber->name)),
               "%s is run by another process", subscriber->name);
    return result;
}

enum jangle_result jn_dispatch_open(struct jangle *jangle, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = make(jangle);
    size_t count = count_subscribers(jangle);
    enum jangle_result result;

    if (!dispatch)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    result = jangle->store->ops->head(jangle->store, &dispatch->head, error);
    for (size_t i = 0; !result && i < count; i++)
        result = open_subscription(dispatch, jangle->config.subscribers[i], error);
    if (result) {
        destroy(dispatch);
        return result;
    }
    dispatch->look_interval_us = jangle->config.head_interval_ms * 1000;
    jangle->commits.commit.source = jn_marks_source(dispatch);
    jangle->dispatch = dispatch;
    return JANGLE_OK;
}

/* A group takes a limited number of marks; and what fails now is met again after the next
 * open, for events are handled at least once. */
static void flush_all(struct jangle *jangle)
{
    struct jangle_error error = {0};
    size_t groups = jangle->dispatch->count / JN_MARKS_LIMIT + 1;

    while (groups-- && !error.result)
        jn_committer_flush(&jangle->commits, &error);
    if (error.result)
        JN_LOG(&jangle->log, STORE_FAILED, NULL, 0,
               "the last marks could not be written: %s", error.message);
}

void jn_dispatch_close(struct jangle *jangle)
{
    if (!jangle->dispatch)
        return;
    flush_all(jangle);
    jangle->commits.commit.source = (struct jn_mark_source){0};
    destroy(jangle->dispatch);
    jangle->dispatch = NULL;
}

/* ---- finding
 * ------------------------------------------------------------------------------- */

struct jn_subscription *jn_dispatch_find(struct jangle *jangle, const char *subscriber)
{
    struct jn_dispatch *dispatch = jangle->dispatch;

    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (!strcmp(jn_subscriber_of(subscription)->name, subscriber))
            return subscription;
    }
    return NULL;
}

struct jangle_view_file *jn_subscription_file(const struct jn_subscription *subscription)
{
    return subscription->file;
}

/* ---- what is to be done: under the mutex
 * ------------------------------------------------------ */

static bool has_new(const struct jn_subscription *subscription)
{
    return subscription->halt.kind != JN_TOO_NEW &&
           subscription->position < subscription->dispatch->head;
}

/* When there will be something to do, of what is known now; INT64_MAX: never. */
static int64_t due_us_of(const struct jn_subscription *subscription)
{
    const struct jn_parked *first = jn_parked_first(&subscription->parked);
    int64_t due_us = INT64_MAX;

    if (!subscription->owned || subscription->held || subscription->halt.kind == JN_STALE)
        return INT64_MAX;
    if (subscription->reread)
        due_us = 0;
    else if (subscription->halt.kind == JN_OUTAGE)
        due_us = subscription->halt.due_us;
    else if (has_new(subscription))
        due_us = 0;
    else if (first)
        due_us = first->row.due_us;
    return due_us > subscription->stalled_until_us ? due_us
                                                   : subscription->stalled_until_us;
}

bool jn_subscription_is_due(const struct jn_subscription *subscription)
{
    return due_us_of(subscription) <= now_us(subscription->dispatch);
}

/* One worker is kept free of handlers that may block, so that views go on. */
static bool may_run(const struct jn_subscription *subscription)
{
    const struct jn_dispatch *dispatch = subscription->dispatch;
    int workers = dispatch->jangle->config.workers;

    return !subscription->running &&
           (subscription->file || workers <= 1 || dispatch->inside < workers - 1);
}

/* The one that waited longest. */
static struct jn_subscription *next_due(struct jn_dispatch *dispatch)
{
    struct jn_subscription *next = NULL;

    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (may_run(subscription) && jn_subscription_is_due(subscription) &&
            (!next || subscription->turn < next->turn))
            next = subscription;
    }
    return next;
}

static void begin_step(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    subscription->running = true;
    subscription->runner = pthread_self();
    subscription->turn = ++dispatch->turns;
    dispatch->inside += !subscription->file;
}

static void end_step(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    subscription->running = false;
    dispatch->inside -= !subscription->file;
    jn_cond_signal(&dispatch->work);
    jn_cond_broadcast(&dispatch->changed);
}

/* ---- a step
 * -------------------------------------------------------------------------------------
 */

/* The key to try: due retries and new events take turns. In an outage keys are tried in
 * order of position, one after the other, for the oldest alone may be the one that
 * never succeeds; and new events every other time. */
static const struct jn_row *row_to_try(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct jn_halt *halt = &subscription->halt;
    struct jn_parked *parked;
    bool wanted;

    jn_mutex_lock(&dispatch->mutex);
    if (halt->kind == JN_OUTAGE) {
        wanted = halt->attempts % 2 || !has_new(subscription);
        parked = jn_parked_after(&subscription->parked, halt->tried);
        if (!parked)
            parked = jn_parked_after(&subscription->parked, 0);
        if (wanted && parked)
            halt->tried = parked->row.position;
    } else {
        wanted = !subscription->retried || !has_new(subscription);
        parked = jn_parked_first(&subscription->parked);
        if (parked && parked->row.due_us > now_us(dispatch))
            parked = NULL;
    }
    subscription->retried = wanted && parked;
    jn_mutex_unlock(&dispatch->mutex);
    return wanted && parked ? &parked->row : NULL;
}

static enum jangle_result
run(struct jn_subscription *subscription, int64_t *done, struct jangle_error *error)
{
    const struct jn_row *row;

    if (subscription->reread) {
        enum jangle_result result = jn_place_reread(subscription, error);

        if (result)
            return result;
    }
    row = row_to_try(subscription);
    if (row)
        return jn_retry_run(subscription, row, done, error);
    return jn_batch_run(subscription, done, error);
}

enum jangle_result jn_dispatch_look(struct jn_dispatch *dispatch,
                                    struct jangle_error *error)
{
    struct jangle *jangle = dispatch->jangle;
    int64_t longest_us = jangle->config.head_interval_ms * 1000 * IDLE_DOUBLINGS;
    int64_t head = 0;
    enum jangle_result result;

    jn_mutex_lock(&dispatch->mutex);
    dispatch->look_due_us = now_us(dispatch) + dispatch->look_interval_us;
    jn_mutex_unlock(&dispatch->mutex);
    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];
        bool claimed;

        jn_mutex_lock(&dispatch->mutex);
        claimed = !subscription->owned && !subscription->running;
        subscription->running |= claimed;
        jn_mutex_unlock(&dispatch->mutex);
        result = claimed ? jn_place_own(subscription, error) : JANGLE_OK;
        jn_mutex_lock(&dispatch->mutex);
        subscription->running &= !claimed;
        jn_mutex_unlock(&dispatch->mutex);
        if (result)
            return result;
    }
    result = jangle->store->ops->head(jangle->store, &head, error);
    jn_mutex_lock(&dispatch->mutex);
    if (head > dispatch->head) {
        dispatch->head = head;
        dispatch->look_interval_us = jangle->config.head_interval_ms * 1000;
    } else {
        dispatch->look_interval_us = least(2 * dispatch->look_interval_us, longest_us);
    }
    jn_mutex_unlock(&dispatch->mutex);
    return result;
}

static bool marks_are_due(struct jn_dispatch *dispatch)
{
    int64_t now = now_us(dispatch);
    bool due = false;

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < dispatch->count; i++) {
        struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (!subscription->mark_due_us || subscription->mark_due_us > now)
            continue;
        due |= jn_marks_are_left(subscription) && !subscription->held;
        subscription->mark_due_us =
            now + dispatch->jangle->config.mark_interval_ms * 1000;
    }
    jn_mutex_unlock(&dispatch->mutex);
    return due;
}

static struct jn_subscription *claim(struct jn_dispatch *dispatch)
{
    struct jn_subscription *subscription;

    jn_mutex_lock(&dispatch->mutex);
    subscription = next_due(dispatch);
    if (subscription) {
        begin_step(subscription);
        if (next_due(dispatch))
            jn_cond_signal(&dispatch->work);
    }
    jn_mutex_unlock(&dispatch->mutex);
    return subscription;
}

/* With nothing to do, and nobody to sleep, it is time for a look. */
static bool is_time_to_look(struct jn_dispatch *dispatch, bool idle)
{
    bool due;

    jn_mutex_lock(&dispatch->mutex);
    due = now_us(dispatch) >= dispatch->look_due_us ||
          (idle && !dispatch->jangle->config.workers);
    jn_mutex_unlock(&dispatch->mutex);
    return due;
}

enum jangle_result
jn_dispatch_step(struct jangle *jangle, int64_t *done, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    struct jn_subscription *subscription;
    struct jangle_error failure = {0};
    enum jangle_result result = JANGLE_OK;

    *done = 0;
    if (is_time_to_look(dispatch, false))
        result = jn_dispatch_look(dispatch, error);
    if (!result && marks_are_due(dispatch)) {
        *done = 1;
        result = jn_committer_flush(&jangle->commits, error);
    }
    if (result)
        return result;
    subscription = claim(dispatch);
    if (!subscription && !*done && is_time_to_look(dispatch, true)) {
        result = jn_dispatch_look(dispatch, error);
        subscription = result ? NULL : claim(dispatch);
    }
    if (!subscription)
        return result;
    result = run(subscription, done, &failure);
    if (result)
        jn_subscription_stall(subscription, &failure);
    jn_mutex_lock(&dispatch->mutex);
    end_step(subscription);
    jn_mutex_unlock(&dispatch->mutex);
    return jn_fail(error, result, "%s: %s", jn_subscriber_of(subscription)->name,
                   failure.message);
}

/* ---- news, and sleep
 * ---------------------------------------------------------------------------- */

void jn_dispatch_committed(struct jangle *jangle,
                           const struct jangle_append *appends,
                           size_t count)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t head = 0;

    for (size_t i = 0; i < count; i++) {
        if (appends[i].result || appends[i].repeated)
            continue;
        for (size_t j = 0; j < appends[i].count; j++) {
            jn_ring_keep(&dispatch->ring, &appends[i].records[j]);
            head = appends[i].records[j].position;
        }
    }
    jn_mutex_lock(&dispatch->mutex);
    if (head > dispatch->head)
        dispatch->head = head;
    jn_cond_signal(&dispatch->work);
    jn_mutex_unlock(&dispatch->mutex);
}

void jn_dispatch_sleep(struct jangle *jangle, int64_t us)
{
    struct jn_dispatch *dispatch = jangle->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    if (!atomic_load(&jangle->stopping) && !next_due(dispatch))
        jn_cond_wait_for(&dispatch->work, &dispatch->mutex, us);
    jn_mutex_unlock(&dispatch->mutex);
}

void jn_dispatch_wake(struct jangle *jangle)
{
    struct jn_dispatch *dispatch = jangle->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    jn_cond_broadcast(&dispatch->work);
    jn_cond_broadcast(&dispatch->changed);
    jn_mutex_unlock(&dispatch->mutex);
}

int64_t jn_dispatch_due_us(struct jangle *jangle)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t due_us;

    jn_mutex_lock(&dispatch->mutex);
    due_us = dispatch->look_due_us;
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->mark_due_us)
            due_us = least(due_us, subscription->mark_due_us);
        if (may_run(subscription))
            due_us = least(due_us, due_us_of(subscription));
    }
    due_us -= now_us(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    due_us =
        least(due_us, least(jangle->config.retry_interval_ms * 1000, SLEEP_LIMIT_US));
    return due_us < 0 ? 0 : due_us;
}

/* ---- holding
 * -------------------------------------------------------------------------------------
 */

/* Is this thread in a handler? Then it must not wait for another to return. */
static bool is_in_handler(const struct jn_dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->count; i++) {
        const struct jn_subscription *subscription = &dispatch->subscriptions[i];

        if (subscription->running && pthread_equal(subscription->runner, pthread_self()))
            return true;
    }
    return false;
}

static bool is_busy(const struct jn_subscription *subscription)
{
    return subscription->running || subscription->marking;
}

enum jangle_result jn_subscription_hold(struct jn_subscription *subscription,
                                        struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    const char *name = jn_subscriber_of(subscription)->name;
    enum jangle_result result = JANGLE_OK;

    jn_mutex_lock(&dispatch->mutex);
    if (!subscription->owned)
        result = jn_fail(error, JANGLE_BUSY, "\"%s\" is run by another process", name);
    else if (subscription->held)
        result = jn_fail(error, JANGLE_BUSY, "\"%s\" is being replayed or reset", name);
    else if (subscription->running && is_in_handler(dispatch))
        result = jn_fail(error, JANGLE_BUSY,
                         "\"%s\" is running: a handler cannot wait for it", name);
    if (!result)
        subscription->held = true;
    while (!result && is_busy(subscription))
        jn_cond_wait(&dispatch->changed, &dispatch->mutex);
    jn_mutex_unlock(&dispatch->mutex);
    return result;
}

void jn_subscription_let_go(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    assert(subscription->held);
    subscription->held = false;
    jn_cond_signal(&dispatch->work);
    jn_cond_broadcast(&dispatch->changed);
    jn_mutex_unlock(&dispatch->mutex);
}

enum jangle_result jn_subscription_release(struct jn_subscription *subscription,
                                           struct jangle_error *error)
{
    enum jangle_result result = jn_place_read(subscription, error);
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    subscription->reread |= result != JANGLE_OK;
    jn_mutex_unlock(&dispatch->mutex);
    jn_subscription_let_go(subscription);
    return result;
}
