/* worker.c - jangle_poll, and threads that do nothing else. */
#include "engine/worker.h"

#include "command/commands.h"
#include "core/call.h"
#include "core/instance.h"
#include "dispatch/dispatch.h"
#include "dispatch/run_once.h"
#include "engine/tidy.h"
#include "messaging/consumer/consumer.h"
#include "messaging/consumer/handling.h"
#include "subscription/hold.h"

#include <signal.h>

/* A program that polls beside its workers wants all that there is, at once. */
static enum jangle_result dispatch_once(struct jangle *jangle,
                                        bool stays,
                                        int64_t *done,
                                        struct jangle_error *error)
{
    bool hurries = !stays && jangle->config.workers;
    enum jangle_result result;

    if (hurries)
        jn_dispatch_hurry(jangle);
    result = jn_dispatch_run_once(jangle, done, error);
    if (hurries)
        jn_dispatch_unhurry(jangle);
    return result;
}

/* A snapshot is taken even if dispatch failed: the two have nothing to do with each
 * other. Tidying is left for a poll that went well. A worker polls again at once, so it
 * wakes no other for what is left to do, unless it has a snapshot to take first: `stays`
 * is true of a worker. */
static enum jangle_result
do_work(struct jangle *jangle, bool stays, int64_t *done, struct jangle_error *error)
{
    struct jn_snapshotter *snapshotter = &jangle->commands->snapshotter;
    enum jangle_result result = dispatch_once(jangle, stays, done, error);

    if (jn_pauses_take_news(jangle->dispatch))
        jn_consumers_wake(jangle);
    if (!stays || jn_snapshotter_has_work(snapshotter))
        jn_dispatch_pass_on(jangle);
    if (!result && !jangle->config.workers)
        jn_consumers_poll(jangle, done);
    *done += jn_snapshotter_run_once(snapshotter);
    if (!result)
        jn_tidy(jangle, done);
    return result;
}

/* `done` is not NULL. */
static enum jangle_result
poll_once(struct jangle *jangle, bool stays, int64_t *done, struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_open(jangle, &why);

    *done = 0;
    if (!result)
        result = jn_thread_check_wait(jangle, &why);
    if (!result)
        result = do_work(jangle, stays, done, &why);
    return jn_call_end(jangle, "jangle_poll", result, &why, error);
}

enum jangle_result
jangle_poll(struct jangle *jangle, int64_t *done, struct jangle_error *error)
{
    int64_t ignored;

    return poll_once(jangle, false, done ? done : &ignored, error);
}

enum { TROUBLE_US = 10000 }; /* a poll that failed is not repeated sooner */

/* ---- threads ----------------------------------------------------------------- */

/* A thread, and what it alone works on; NULL: it is a worker, which polls. */
struct thread {
    pthread_t thread;
    struct jn_workers *workers;
    struct jn_subscription *own;
    struct jn_consuming *consuming;
    bool handles; /* it calls the handlers of that consumer */
};

struct jn_workers {
    struct jangle *jangle;
    struct jn_mutex mutex;
    struct jn_cond ended;
    int running; /* threads that have not ended; under the mutex */
    int count;   /* threads that were started: only jangle_open writes it */
    struct thread threads[];
};

/* What a worker does until the instance stops: poll, and sleep if there was nothing to
 * do, until a commit wakes it or the next retry is due. */
static void work_once(struct jangle *jangle)
{
    int64_t done;
    enum jangle_result result = poll_once(jangle, true, &done, NULL);

    if (!done)
        jn_dispatch_sleep(jangle, result ? TROUBLE_US : 0, INT64_MAX);
}

/* A publisher's thread. A failure has stalled the subscription, and is logged. */
static void run_own_once(struct jn_subscription *subscription)
{
    int64_t done;

    jn_dispatch_run_own(subscription, &done, NULL);
    if (done)
        return;
    if (subscription->kind->idle)
        subscription->kind->idle(subscription);
    jn_dispatch_sleep_own(subscription);
}

static void *work_until_stopped(void *context)
{
    const struct thread *thread = context;
    struct jn_workers *workers = thread->workers;
    struct jangle *jangle = workers->jangle;

    while (!atomic_load(&jangle->stopping)) {
        if (thread->own)
            run_own_once(thread->own);
        else if (thread->handles)
            jn_consuming_handle(thread->consuming);
        else if (thread->consuming)
            jn_consuming_run(thread->consuming);
        else
            work_once(jangle);
    }
    jn_mutex_lock(&workers->mutex);
    workers->running--;
    jn_cond_signal(&workers->ended);
    jn_mutex_unlock(&workers->mutex);
    return NULL;
}

/* All signals are blocked in a worker, because the program's handlers of signals expect
 * to run on the threads of the program. */
static bool start_one(struct jn_workers *workers, const struct thread *what)
{
    struct thread *thread = &workers->threads[workers->count];
    sigset_t all, before;
    bool started;

    *thread = *what;
    thread->workers = workers;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before))
        return false;
    workers->running++;
    started = !pthread_create(&thread->thread, NULL, work_until_stopped, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    workers->count += started;
    workers->running -= !started;
    return started;
}

static size_t count_threads(const struct jangle_config *config)
{
    size_t count =
        (size_t)config->workers + config->publishers.count + config->consumers.count;

    for (size_t i = 0; i < config->consumers.count; i++)
        count += (size_t)jn_handling_threads(config->consumers.items[i]);
    return count;
}

static struct jn_workers *make_workers(struct jangle *jangle)
{
    const struct jangle_allocator *allocator = &jangle->host.host.allocator;
    size_t count = count_threads(&jangle->config);
    struct jn_workers *workers =
        jn_new(allocator, sizeof *workers + count * sizeof *workers->threads);

    if (!workers)
        return NULL;
    workers->jangle = jangle;
    if (jn_mutex_init(&workers->mutex))
        goto no_mutex;
    if (!jn_cond_init(&workers->ended))
        return workers;
    jn_mutex_finish(&workers->mutex);
no_mutex:
    jn_free(allocator, workers);
    return NULL;
}

static void destroy_workers(struct jn_workers *workers)
{
    const struct jangle_allocator *allocator = &workers->jangle->host.host.allocator;

    for (int i = 0; i < workers->count; i++)
        pthread_join(workers->threads[i].thread, NULL);
    jn_cond_finish(&workers->ended);
    jn_mutex_finish(&workers->mutex);
    jn_free(allocator, workers);
}

/* The thread that receives for a consumer, and those that call its handlers. */
static bool start_consumer(struct jn_workers *workers, size_t index)
{
    struct jangle *jangle = workers->jangle;
    struct thread what = {.consuming = jn_consuming_at(jangle, index)};
    int count = jn_handling_threads(jangle->config.consumers.items[index]);
    bool started = start_one(workers, &what);

    what.handles = true;
    while (started && count-- > 0)
        started = start_one(workers, &what);
    return started;
}

/* False: a thread could not be started, and those before it run. */
static bool start_all(struct jn_workers *workers)
{
    struct jangle *jangle = workers->jangle;
    struct jn_subscription *subscription = NULL;
    bool started = true;

    while (started && workers->count < jangle->config.workers)
        started = start_one(workers, &(struct thread){0});
    while (started && (subscription = jn_subscription_next(jangle, subscription)))
        if (subscription->kind->has_own_thread)
            started = start_one(workers, &(struct thread){.own = subscription});
    for (size_t i = 0; started && i < jangle->config.consumers.count; i++)
        started = start_consumer(workers, i);
    return started;
}

enum jangle_result jn_workers_start(struct jangle *jangle, struct jangle_error *error)
{
    struct jn_workers *workers;
    int count;

    if (!jangle->config.workers)
        return JANGLE_OK;
    workers = make_workers(jangle);
    if (!workers)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: no worker was started");
    if (start_all(workers)) {
        jangle->workers = workers;
        return JANGLE_OK;
    }
    count = workers->count;
    atomic_store(&jangle->stopping, true);
    jn_dispatch_wake(jangle);
    jn_consumers_wake(jangle);
    destroy_workers(workers);
    return jn_fail(
        error, JANGLE_NO_MEMORY,
        "only %d threads could be started, which are fewer than the %d workers "
        "and those of publishers and consumers",
        count, jangle->config.workers);
}

enum jangle_result jn_workers_join(struct jangle *jangle, int64_t timeout_ms)
{
    struct jn_workers *workers = jangle->workers;
    int64_t until_us = timeout_ms < 0 ? -1 : jn_monotonic_after_ms(timeout_ms);
    int running;

    if (!workers)
        return JANGLE_OK;
    jn_mutex_lock(&workers->mutex);
    while (workers->running &&
           jn_cond_wait_until(&workers->ended, &workers->mutex, until_us))
        ;
    running = workers->running;
    jn_mutex_unlock(&workers->mutex);
    if (running)
        return JANGLE_TIMEOUT;
    destroy_workers(workers);
    jangle->workers = NULL;
    return JANGLE_OK;
}
