/* batch_parallel.c - a batch whose events several threads deliver: of each key one event
 * at a time.
 *
 * The page is sorted into a queue for each key. Those queues whose next event may be
 * delivered stand in a list; a thread takes the first queue, delivers one event without
 * the mutex, and puts the queue at the end. The queues, the list and the outcomes are
 * under the mutex of dispatch. The page itself grows while handlers run; so nothing in it
 * may move. */
#include "dispatch/batch_parallel.h"

#include "dispatch/batch_event.h"
#include "dispatch/deliver.h"
#include "dispatch/scheduler.h"
#include "subscription/completed.h"

/* ---- the events of one key --------------------------------------------------- */

struct key_queue {
    size_t at;   /* the item that is next */
    size_t last; /* the last item that was queued */
    bool live;   /* it is in the list, or a thread has taken it */
    bool failed; /* an event failed: those behind it are not delivered in this run */
    struct key_queue *next;
};

struct jn_parallel {
    struct jn_parallel_run run; /* first: the scheduler has a pointer to it */
    struct jn_batch *batch;
    struct jn_map keys; /* the queue of each key */
    size_t sorted;      /* items of the page that are sorted so far */
    size_t *behind;     /* for each item the next of the same key; 0: there is none */
    struct key_queue *first, **last; /* the list of queues */
    bool whole;                      /* the page takes no more events */
    bool growing;                    /* a thread is reading more into the page */
    int failures;                    /* in a row */
    enum jangle_result result;       /* other than OK: no more events are delivered */
    struct jangle_error error;
};

static void append_queue(struct jn_parallel *parallel, struct key_queue *queue)
{
    queue->next = NULL;
    *parallel->last = queue;
    parallel->last = &queue->next;
}

/* NULL when out of memory. */
static struct key_queue *find_queue(struct jn_parallel *parallel, const char *key)
{
    struct key_queue *queue = jn_map_find(&parallel->keys, key);

    if (queue)
        return queue;
    queue = jangle_alloc(&parallel->batch->page.arena, sizeof *queue);
    return queue && !jn_map_put(&parallel->keys, key, queue) ? queue : NULL;
}

/* Under the mutex. */
static enum jangle_result queue_item(struct jn_parallel *parallel, size_t at)
{
    const struct jn_batch *batch = parallel->batch;
    const struct jn_item *item = &batch->page.items[at];
    struct key_queue *queue = find_queue(parallel, item->key);

    if (!queue)
        return JANGLE_NO_MEMORY;
    queue->failed |=
        jn_completed_find(batch->subscription, item->record.position) != NULL;
    if (queue->failed)
        return JANGLE_OK;
    if (queue->live) {
        parallel->behind[queue->last] = at;
    } else {
        queue->at = at;
        queue->live = true;
        append_queue(parallel, queue);
    }
    queue->last = at;
    return JANGLE_OK;
}

/* Queue what is to be delivered of the page, up to the first event that is too new. */
static enum jangle_result sort_items(struct jn_parallel *parallel,
                                     struct jangle_error *error)
{
    struct jn_batch *batch = parallel->batch;
    struct jn_mutex *mutex = &batch->subscription->dispatch->mutex;
    const struct jn_event_page *page = &batch->page;
    char reason[JN_REASON_SIZE];
    enum jangle_result result = JANGLE_OK;

    for (; !result && !parallel->whole && parallel->sorted < page->count;
         parallel->sorted++) {
        enum jn_batch_action action =
            jn_batch_judge(batch, &page->items[parallel->sorted], reason);

        jn_mutex_lock(mutex);
        parallel->whole |= action == JN_ACTION_STOP;
        if (action == JN_ACTION_DELIVER)
            result = queue_item(parallel, parallel->sorted);
        jn_mutex_unlock(mutex);
    }
    return jn_fail(error, result, "out of memory for the events of \"%s\"",
                   jn_name_of(batch->subscription));
}

/* ---- events that are stored meanwhile ----------------------------------------- */

/* Under the mutex: has the log events for which there is room in the page? */
static bool may_grow(const struct jn_parallel *parallel)
{
    const struct jn_batch *batch = parallel->batch;
    const struct jn_event_page *page = &batch->page;

    return !parallel->whole && !parallel->growing && !page->more &&
           page->count < page->limit &&
           batch->move.position + (int64_t)page->count <
               atomic_load(&jn_jangle_of(batch->subscription)->head);
}

/* With the mutex held, which is released meanwhile. If reading fails, the page stays as
 * it is: the next run finds the same failure. */
static void grow_page(struct jn_parallel *parallel)
{
    struct jn_batch *batch = parallel->batch;
    struct jn_dispatch *dispatch = batch->subscription->dispatch;
    size_t count = batch->page.count;
    struct jangle_error error = {0};
    enum jangle_result result;

    parallel->growing = true;
    jn_mutex_unlock(&dispatch->mutex);
    result = jn_event_page_read_more(&batch->page, batch->move.position, &error);
    if (!result)
        result = sort_items(parallel, &error);
    jn_mutex_lock(&dispatch->mutex);
    parallel->growing = false;
    parallel->whole |= result || batch->page.count == count;
    if (parallel->first && parallel->first->next)
        jn_cond_signal(&dispatch->work);
    jn_dispatch_tell_run(dispatch);
}

/* ---- delivering --------------------------------------------------------------- */

/* A thread that takes part. */
struct worker {
    struct jn_parallel *parallel;
    struct jangle_arena *arena; /* of the event that is delivered */
    int64_t until_us;
    bool owns; /* the run belongs to it: it must wait for the others */
    int64_t delivered;
};

/* Under the mutex. After so many failures in a row there may be an outage: no more events
 * are delivered until the run has drawn its conclusions. */
static bool is_run_open(const struct jn_parallel_run *run)
{
    const struct jn_parallel *parallel = (const struct jn_parallel *)run;
    const struct jangle *jangle = jn_jangle_of(parallel->batch->subscription);

    return !parallel->result && parallel->failures < JN_STREAK_LIMIT &&
           !atomic_load(&jangle->stopping) && (parallel->first || may_grow(parallel));
}

/* What a thread does next. */
enum next {
    TAKE_EVENT,
    GROW_PAGE, /* for what has come meanwhile */
    WAIT,      /* for others in handlers: the run cannot end without them */
    LEAVE
};

/* Under the mutex. While others are in handlers, the thread that the run belongs to must
 * stay: so it goes on past its time, also with what comes. */
static enum next next_for(const struct worker *worker, bool time_is_over)
{
    const struct jn_parallel *parallel = worker->parallel;
    bool must_stay = worker->owns && parallel->run.helping;

    if (is_run_open(&parallel->run) && (must_stay || !time_is_over)) {
        if (parallel->first)
            return TAKE_EVENT;
        if (must_stay || !worker->owns)
            return GROW_PAGE;
    }
    return must_stay ? WAIT : LEAVE;
}

/* With the mutex held, which is released meanwhile: the key to go on with; NULL if there
 * is no more for this thread. */
static struct key_queue *take_queue(const struct worker *worker)
{
    struct jn_parallel *parallel = worker->parallel;
    struct jn_dispatch *dispatch = parallel->batch->subscription->dispatch;
    int64_t interval_us = dispatch->jangle->config.head_interval_ms * 1000;
    bool time_is_over = worker->delivered &&
                        jn_host_monotonic_us(&dispatch->jangle->host) >= worker->until_us;
    struct key_queue *queue;

    for (;;) {
        switch (next_for(worker, time_is_over)) {
        case TAKE_EVENT:
            queue = parallel->first;
            parallel->first = queue->next;
            if (!parallel->first)
                parallel->last = &parallel->first;
            return queue;
        case GROW_PAGE:
            grow_page(parallel);
            break;
        case WAIT:
            jn_cond_wait_for(&dispatch->run_changed, &dispatch->mutex, interval_us);
            break;
        case LEAVE:
            return NULL;
        }
    }
}

/* Under the mutex. */
static void give_back_queue(struct worker *worker,
                            struct key_queue *queue,
                            const struct jn_report *report)
{
    struct jn_parallel *parallel = worker->parallel;
    const struct jn_batch *batch = parallel->batch;
    bool done = report->outcome == JN_DONE;
    bool counts = report->outcome != JN_REFUSED && !report->waits;
    size_t next = parallel->behind[queue->at];

    jn_completed_put(batch->subscription, batch->page.items[queue->at].record.position,
                     report);
    worker->delivered++;
    parallel->failures = done ? 0 : parallel->failures + counts;
    queue->failed = !done;
    queue->live = done && next;
    queue->at = next;
    if (queue->live)
        append_queue(parallel, queue);
}

/* With the mutex held, which is released while handlers run. */
static void work_on_queues(struct worker *worker)
{
    struct jn_parallel *parallel = worker->parallel;
    const struct jn_batch *batch = parallel->batch;
    struct jn_mutex *mutex = &batch->subscription->dispatch->mutex;
    struct key_queue *queue;

    while ((queue = take_queue(worker))) {
        const struct jn_item *item = &batch->page.items[queue->at];
        struct jn_delivery delivery = {.subscription = batch->subscription,
                                       .record = &item->record,
                                       .handler = item->handler,
                                       .arena = worker->arena,
                                       .attempt = 1,
                                       .end_may_wait = true};
        struct jangle_error error = {0};
        enum jangle_result result;

        jn_mutex_unlock(mutex);
        result = jn_deliver_singly(&delivery, &error);
        jn_mutex_lock(mutex);
        if (!result) {
            give_back_queue(worker, queue, &delivery.report);
        } else if (!parallel->result) {
            parallel->result = result;
            parallel->error = error;
        }
    }
}

/* ---- helping ----------------------------------------------------------------- */

static void join_run(struct jn_parallel *parallel, struct jn_helper *helper)
{
    struct jn_subscription *subscription = parallel->batch->subscription;
    struct jn_dispatch *dispatch = subscription->dispatch;

    *helper = (struct jn_helper){.thread = pthread_self(), .next = parallel->run.helpers};
    parallel->run.helpers = helper;
    parallel->run.helping++;
    dispatch->inside++;
    subscription->last_run = ++dispatch->runs;
    if (jn_scheduler_next(dispatch))
        jn_cond_signal(&dispatch->work);
}

static void leave_run(struct jn_parallel *parallel, struct jn_helper *helper)
{
    struct jn_dispatch *dispatch = parallel->batch->subscription->dispatch;
    struct jn_helper **link = &parallel->run.helpers;

    while (*link != helper)
        link = &(*link)->next;
    *link = helper->next;
    parallel->run.helping--;
    dispatch->inside--;
    jn_dispatch_tell_run(dispatch);
}

bool jn_parallel_help(struct jn_dispatch *dispatch, int64_t *done)
{
    const struct jangle *jangle = dispatch->jangle;
    const struct jn_subscription *subscription;
    struct jangle_arena arena;
    struct worker worker = {
        .arena = &arena,
        .until_us = jn_host_monotonic_us(&jangle->host) + JN_RUN_US,
    };
    struct jn_helper helper;

    jn_arena_init(&arena, &jangle->host.host.allocator);
    jn_mutex_lock(&dispatch->mutex);
    subscription = jn_scheduler_next(dispatch);
    if (subscription && subscription->running) {
        worker.parallel = (struct jn_parallel *)subscription->parallel;
        join_run(worker.parallel, &helper);
        work_on_queues(&worker);
        leave_run(worker.parallel, &helper);
    }
    jn_mutex_unlock(&dispatch->mutex);
    jn_arena_finish(&arena);
    *done += worker.delivered;
    return worker.parallel != NULL;
}

/* ---- the run ----------------------------------------------------------------- */

bool jn_batch_is_parallel(const struct jn_batch *batch)
{
    const struct jn_subscription *subscription = batch->subscription;

    return subscription->subscriber->threads > 1 &&
           jn_jangle_of(subscription)->config.workers > 2 &&
           subscription->suspension.kind == JN_GOING;
}

static enum jangle_result begin_parallel(struct jn_parallel *parallel,
                                         struct jn_batch *batch,
                                         struct jangle_error *error)
{
    struct jangle_arena *arena = &batch->page.arena;
    enum jangle_result result = jn_completed_reserve(batch->subscription, error);

    *parallel = (struct jn_parallel){
        .run = {.is_open = is_run_open}, .batch = batch, .last = &parallel->first};
    jn_map_init(&parallel->keys, arena->allocator);
    parallel->behind = jangle_alloc(arena, batch->page.limit * sizeof *parallel->behind);
    if (!result)
        result = jn_arena_check(arena, error);
    return result ? result : sort_items(parallel, error);
}

/* Let others take part, and deliver, until no other thread takes part any more. */
static void handle_all(struct jn_parallel *parallel)
{
    struct jn_batch *batch = parallel->batch;
    struct jn_subscription *subscription = batch->subscription;
    struct worker worker = {.parallel = parallel,
                            .arena = &batch->arena,
                            .until_us = batch->until_us,
                            .owns = true};

    jn_subscription_lock(subscription);
    subscription->parallel = &parallel->run;
    if (parallel->first && parallel->first->next)
        jn_cond_signal(&subscription->dispatch->work);
    work_on_queues(&worker);
    subscription->parallel = NULL;
    jn_subscription_unlock(subscription);
}

/* Let the checkpoint pass one event, if it is completed or parked. False: go
 * no further. */
static bool
pass_item(struct jn_batch *batch, const struct jn_item *item, struct jangle_error *error)
{
    const struct jn_report *report =
        jn_completed_find(batch->subscription, item->record.position);
    enum jn_batch_action action = jn_batch_action_for(batch, item);

    if (action == JN_ACTION_STOP || (action == JN_ACTION_DELIVER && !report))
        return false;
    if (action == JN_ACTION_DELIVER) {
        if (jn_batch_store_ends(batch, error) || batch->stopped)
            return false;
        jn_batch_fail(batch, item, report);
        return !batch->stopped;
    }
    if (report && report->outcome == JN_DONE)
        jn_batch_complete(batch, item);
    else
        jn_batch_skip(batch, item);
    return true;
}

enum jangle_result jn_batch_in_parallel(struct jn_batch *batch,
                                        struct jangle_error *error)
{
    const struct jn_event_page *page = &batch->page;
    struct jn_parallel parallel;
    enum jangle_result result = begin_parallel(&parallel, batch, error);
    struct jangle_error why = {0};

    if (!result) {
        handle_all(&parallel);
        result = jn_arena_check(&batch->page.arena, error);
    }
    for (size_t i = 0;
         !result && i < page->count && pass_item(batch, &page->items[i], &why); i++)
        ;
    if (!result)
        result = jn_fail_as(error, &why);
    if (!result)
        result = jn_move_make(&batch->move, error);
    jn_map_finish(&parallel.keys);
    return result ? result
                  : jn_fail(error, parallel.result, "%s", parallel.error.message);
}
