/* batch_parallel.c - new events of one subscription, handled by several threads: one of a
 * key at a time, and what is done ahead of the checkpoint is remembered.
 *
 * The thread whose step it is opens it to others that poll, takes part, and waits for
 * them; it alone moves the subscription, past what was answered, in order of the log. */
#include "dispatch/batch_parallel.h"

#include "dispatch/batch_event.h"
#include "dispatch/deliver.h"
#include "dispatch/delivery.h"
#include "dispatch/scheduler.h"
#include "subscription/completed.h"
#include "subscription/move.h"

/* ---- the events of one key --------------------------------------------------- */

struct key_queue {
    size_t at;   /* the item that is next */
    size_t last; /* of those that wait */
    bool live;   /* one is to be handled, or is */
    bool held;   /* one failed: those behind it wait */
    struct key_queue *next;
};

struct jn_parallel {
    struct jn_parallel_run step; /* first: the scheduler has a pointer to it */
    struct jn_batch *batch;
    struct jn_map keys; /* the queues */
    size_t sorted;      /* items of the page that are in them, if they are to be */
    size_t *behind;     /* an item's next of the same key; 0: there is none */
    struct key_queue *first, **last; /* whose next event may be handled now, in turn */
    bool whole;                      /* the page takes no more */
    bool growing;                    /* a thread sees to it */
    int failures;                    /* in a row */
    enum jangle_result result;       /* other than OK: no more is handled */
    struct jangle_error error;
};

static void append(struct jn_parallel *parallel, struct key_queue *queue)
{
    queue->next = NULL;
    *parallel->last = queue;
    parallel->last = &queue->next;
}

/* NULL when out of memory. */
static struct key_queue *find_or_make(struct jn_parallel *parallel, const char *key)
{
    struct key_queue *queue = jn_map_find(&parallel->keys, key);

    if (queue)
        return queue;
    queue = jangle_alloc(&parallel->batch->page.arena, sizeof *queue);
    return queue && !jn_map_put(&parallel->keys, key, queue) ? queue : NULL;
}

/* Under the mutex. */
static enum jangle_result add(struct jn_parallel *parallel, size_t at)
{
    const struct jn_batch *batch = parallel->batch;
    const struct jn_item *item = &batch->page.items[at];
    struct key_queue *queue = find_or_make(parallel, item->key);

    if (!queue)
        return JANGLE_NO_MEMORY;
    queue->held |= jn_completed_find(batch->subscription, item->record.position) != NULL;
    if (queue->held)
        return JANGLE_OK;
    if (queue->live) {
        parallel->behind[queue->last] = at;
    } else {
        queue->at = at;
        queue->live = true;
        append(parallel, queue);
    }
    queue->last = at;
    return JANGLE_OK;
}

/* What of the page is to be handled, up to the first event that is too new. */
static enum jangle_result sort(struct jn_parallel *parallel, struct jangle_error *error)
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
            result = add(parallel, parallel->sorted);
        jn_mutex_unlock(mutex);
    }
    return jn_fail(error, result, "out of memory for the events of \"%s\"",
                   jn_subscriber_of(batch->subscription)->name);
}

/* ---- what comes meanwhile ---------------------------------------------------- */

/* Under the mutex: has the log more for the page than it holds? */
static bool may_grow(const struct jn_parallel *parallel)
{
    const struct jn_batch *batch = parallel->batch;
    const struct jn_event_page *page = &batch->page;

    return !parallel->whole && !parallel->growing && !page->more &&
           page->count < page->limit &&
           batch->move.position + (int64_t)page->count <
               atomic_load(&jn_jangle_of(batch->subscription)->head);
}

/* With the mutex held, which is let go meanwhile. What fails is met by the next step. */
static void grow(struct jn_parallel *parallel)
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
        result = sort(parallel, &error);
    jn_mutex_lock(&dispatch->mutex);
    parallel->growing = false;
    parallel->whole |= result || batch->page.count == count;
    if (parallel->first && parallel->first->next)
        jn_cond_signal(&dispatch->work);
    jn_cond_broadcast(&dispatch->changed);
}

/* ---- handling them ----------------------------------------------------------- */

/* A thread that takes part. */
struct worker {
    struct jn_parallel *parallel;
    struct jangle_arena *arena; /* of the event that is delivered */
    int64_t until_us;
    bool owns; /* the step is its own: it must wait for the others */
    int64_t answered;
};

/* Under the mutex. When so many fail there is an outage perhaps: see what they make. */
static bool is_open(const struct jn_parallel_run *step)
{
    const struct jn_parallel *parallel = (const struct jn_parallel *)step;
    const struct jangle *jangle = jn_jangle_of(parallel->batch->subscription);

    return !parallel->result && parallel->failures < JN_STREAK_LIMIT &&
           !atomic_load(&jangle->stopping) && (parallel->first || may_grow(parallel));
}

/* Under the mutex: the key to go on with; NULL: this thread is done. While others are in
 * handlers the step cannot end: so the one that owns it goes on, also with what comes. */
static struct key_queue *take(const struct worker *worker)
{
    struct jn_parallel *parallel = worker->parallel;
    struct jn_dispatch *dispatch = parallel->batch->subscription->dispatch;
    struct key_queue *queue;
    int64_t interval_us = dispatch->jangle->config.head_interval_ms * 1000;
    bool over = worker->answered &&
                jn_host_monotonic_us(&dispatch->jangle->host) >= worker->until_us;

    for (;;) {
        bool waits = worker->owns && parallel->step.helping;
        bool goes_on = is_open(&parallel->step) && (waits || !over);

        if (goes_on && parallel->first)
            break;
        if (goes_on && (waits || !worker->owns))
            grow(parallel);
        else if (waits)
            jn_cond_wait_for(&dispatch->changed, &dispatch->mutex, interval_us);
        else
            return NULL;
    }
    queue = parallel->first;
    parallel->first = queue->next;
    if (!parallel->first)
        parallel->last = &parallel->first;
    return queue;
}

static enum jangle_result deliver(const struct worker *worker,
                                  const struct jn_item *item,
                                  struct jn_report *report,
                                  struct jangle_error *error)
{
    struct jn_call call = {.subscription = worker->parallel->batch->subscription,
                           .record = &item->record,
                           .handler = item->handler,
                           .arena = worker->arena,
                           .attempt = 1};

    return jn_deliver_singly(&call, report, error);
}

/* Under the mutex. */
static void
give_back(struct worker *worker, struct key_queue *queue, const struct jn_report *report)
{
    struct jn_parallel *parallel = worker->parallel;
    const struct jn_batch *batch = parallel->batch;
    bool done = report->outcome == JN_DONE;
    bool counts = report->outcome != JN_REFUSED && !report->waits;
    size_t next = parallel->behind[queue->at];

    jn_completed_put(batch->subscription, batch->page.items[queue->at].record.position,
                     report);
    worker->answered++;
    parallel->failures = done ? 0 : parallel->failures + counts;
    queue->held = !done;
    queue->live = done && next;
    queue->at = next;
    if (queue->live)
        append(parallel, queue);
}

/* With the mutex held, which is let go while handlers run. */
static void work(struct worker *worker)
{
    struct jn_parallel *parallel = worker->parallel;
    const struct jn_batch *batch = parallel->batch;
    struct jn_mutex *mutex = &batch->subscription->dispatch->mutex;
    struct key_queue *queue;

    while ((queue = take(worker))) {
        struct jangle_error error = {0};
        struct jn_report report;
        enum jangle_result result;

        jn_mutex_unlock(mutex);
        result = deliver(worker, &batch->page.items[queue->at], &report, &error);
        jn_mutex_lock(mutex);
        if (!result) {
            give_back(worker, queue, &report);
        } else if (!parallel->result) {
            parallel->result = result;
            parallel->error = error;
        }
    }
}

/* ---- helping ----------------------------------------------------------------- */

static void join(struct jn_parallel *parallel, struct jn_helper *helper)
{
    struct jn_subscription *subscription = parallel->batch->subscription;
    struct jn_dispatch *dispatch = subscription->dispatch;

    *helper =
        (struct jn_helper){.thread = pthread_self(), .next = parallel->step.helpers};
    parallel->step.helpers = helper;
    parallel->step.helping++;
    dispatch->inside++;
    subscription->last_run = ++dispatch->runs;
    if (jn_scheduler_next(dispatch))
        jn_cond_signal(&dispatch->work);
}

static void leave(struct jn_parallel *parallel, struct jn_helper *helper)
{
    struct jn_dispatch *dispatch = parallel->batch->subscription->dispatch;
    struct jn_helper **link = &parallel->step.helpers;

    while (*link != helper)
        link = &(*link)->next;
    *link = helper->next;
    parallel->step.helping--;
    dispatch->inside--;
    jn_cond_signal(&dispatch->work);
    jn_cond_broadcast(&dispatch->changed);
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
        join(worker.parallel, &helper);
        work(&worker);
        leave(worker.parallel, &helper);
    }
    jn_mutex_unlock(&dispatch->mutex);
    jn_arena_finish(&arena);
    *done += worker.answered;
    return worker.parallel != NULL;
}

/* ---- the step ---------------------------------------------------------------- */

bool jn_batch_is_parallel(const struct jn_batch *batch)
{
    const struct jn_subscription *subscription = batch->subscription;

    return jn_subscriber_of(subscription)->threads > 1 &&
           jn_jangle_of(subscription)->config.workers > 2 &&
           subscription->suspension.kind == JN_GOING;
}

static enum jangle_result
begin(struct jn_parallel *parallel, struct jn_batch *batch, struct jangle_error *error)
{
    struct jangle_arena *arena = &batch->page.arena;
    enum jangle_result result = jn_completed_reserve(batch->subscription, error);

    *parallel = (struct jn_parallel){
        .step = {.is_open = is_open}, .batch = batch, .last = &parallel->first};
    jn_map_init(&parallel->keys, arena->allocator);
    parallel->behind = jangle_alloc(arena, batch->page.limit * sizeof *parallel->behind);
    if (!result)
        result = jn_arena_check(arena, error);
    return result ? result : sort(parallel, error);
}

/* Open it to others, and handle what there is, until nobody is in there any more. */
static void handle_all(struct jn_parallel *parallel)
{
    struct jn_batch *batch = parallel->batch;
    struct jn_subscription *subscription = batch->subscription;
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct worker worker = {.parallel = parallel,
                            .arena = &batch->arena,
                            .until_us = batch->until_us,
                            .owns = true};

    jn_mutex_lock(&dispatch->mutex);
    subscription->parallel = &parallel->step;
    if (parallel->first && parallel->first->next)
        jn_cond_signal(&dispatch->work);
    work(&worker);
    subscription->parallel = NULL;
    jn_mutex_unlock(&dispatch->mutex);
}

/* One event of what the checkpoint may pass. False: no further. */
static bool pass(struct jn_batch *batch, const struct jn_item *item)
{
    const struct jn_report *report =
        jn_completed_find(batch->subscription, item->record.position);
    enum jn_batch_action action = jn_batch_action_for(batch, item);

    if (action == JN_ACTION_STOP || (action == JN_ACTION_DELIVER && !report))
        return false;
    if (action == JN_ACTION_DELIVER) {
        jn_batch_fail(batch, item, report);
        return !batch->stopped;
    }
    jn_move_pass(&batch->move, &item->record);
    batch->done++;
    if (report && report->outcome == JN_DONE) {
        jn_move_deliver(&batch->move);
        batch->delivered++;
    }
    return true;
}

enum jangle_result jn_batch_in_parallel(struct jn_batch *batch,
                                        struct jangle_error *error)
{
    const struct jn_event_page *page = &batch->page;
    struct jn_parallel parallel;
    enum jangle_result result = begin(&parallel, batch, error);

    if (!result) {
        handle_all(&parallel);
        result = jn_arena_check(&batch->page.arena, error);
    }
    for (size_t i = 0; !result && i < page->count && pass(batch, &page->items[i]); i++)
        ;
    if (!result)
        result = jn_move_make(&batch->move, batch->subscription, error);
    jn_map_finish(&parallel.keys);
    return result ? result
                  : jn_fail(error, parallel.result, "%s", parallel.error.message);
}
