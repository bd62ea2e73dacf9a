/* worker.c - jangle_poll, and threads that do nothing else. */
#include "engine/worker.h"

#include "command/commands.h"
#include "core/call.h"
#include "core/instance.h"
#include "dispatch/dispatch.h"
#include "dispatch/run_once.h"
#include "engine/tidy.h"
#include "subscription/hold.h"

#include <signal.h>

/* A snapshot is taken even if dispatch failed: the two have nothing to do with each
 * other. Tidying is left for a poll that went well. */
enum jangle_result
jangle_poll(struct jangle *jangle, int64_t *done, struct jangle_error *error)
{
    struct jangle_error why = {0};
    int64_t ignored;
    enum jangle_result result = jn_check_open(jangle, &why);

    if (!done)
        done = &ignored;
    *done = 0;
    if (!result)
        result = jn_thread_check_wait(jangle, &why);
    if (result)
        goto end;
    result = jn_dispatch_run_once(jangle, done, &why);
    *done += jn_snapshotter_run_once(&jangle->commands->snapshotter);
    if (!result)
        jn_tidy(jangle, done);
end:
    return jn_call_end(jangle, "jangle_poll", result, &why, error);
}

enum { TROUBLE_US = 10000 }; /* a poll that failed is not repeated sooner */

/* ---- threads ----------------------------------------------------------------- */

struct jn_workers {
    struct jangle *jangle;
    struct jn_mutex mutex;
    struct jn_cond ended;
    int running; /* threads that have not ended; under the mutex */
    int count;   /* threads that were started: only jangle_open writes it */
    pthread_t threads[];
};

/* A worker polls, and sleeps when there was nothing to do: until a commit wakes it, or
 * until the next retry is due. It ends when the instance stops. */
static void *work_until_stopped(void *context)
{
    struct jn_workers *workers = context;
    struct jangle *jangle = workers->jangle;

    while (!atomic_load(&jangle->stopping)) {
        int64_t done;
        enum jangle_result result = jangle_poll(jangle, &done, NULL);
        int64_t sleep_us = jn_dispatch_due_us(jangle);

        if (result && sleep_us < TROUBLE_US)
            sleep_us = TROUBLE_US;
        if (!done)
            jn_dispatch_sleep(jangle, sleep_us);
    }
    jn_mutex_lock(&workers->mutex);
    workers->running--;
    jn_cond_signal(&workers->ended);
    jn_mutex_unlock(&workers->mutex);
    return NULL;
}

/* All signals are blocked in a worker, because the program's handlers of signals expect
 * to run on the threads of the program. */
static bool start_one(struct jn_workers *workers)
{
    sigset_t all, before;
    bool started;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before))
        return false;
    workers->running++;
    started = !pthread_create(&workers->threads[workers->count], NULL, work_until_stopped,
                              workers);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    workers->count += started;
    workers->running -= !started;
    return started;
}

static struct jn_workers *make_workers(struct jangle *jangle)
{
    const struct jangle_allocator *allocator = &jangle->host.host.allocator;
    size_t count = (size_t)jangle->config.workers;
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
        pthread_join(workers->threads[i], NULL);
    jn_cond_finish(&workers->ended);
    jn_mutex_finish(&workers->mutex);
    jn_free(allocator, workers);
}

enum jangle_result jn_workers_start(struct jangle *jangle, struct jangle_error *error)
{
    struct jn_workers *workers;

    if (!jangle->config.workers)
        return JANGLE_OK;
    workers = make_workers(jangle);
    if (!workers)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: no worker was started");
    while (workers->count < jangle->config.workers) {
        int count = workers->count;

        if (start_one(workers))
            continue;
        atomic_store(&jangle->stopping, true);
        jn_dispatch_wake(jangle);
        destroy_workers(workers);
        return jn_fail(error, JANGLE_NO_MEMORY, "only %d of %d workers could be started",
                       count, jangle->config.workers);
    }
    jangle->workers = workers;
    return JANGLE_OK;
}

enum jangle_result
jn_workers_join(struct jangle *jangle, int64_t timeout_ms, struct jangle_error *error)
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
        return jn_fail(error, JANGLE_TIMEOUT, "%d workers are still in a handler",
                       running);
    destroy_workers(workers);
    jangle->workers = NULL;
    return JANGLE_OK;
}
