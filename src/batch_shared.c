/* batch_shared.c - new events of one subscription, handled by several threads: one of a
 * key at a time, and what is done ahead of the checkpoint is remembered.
 *
 * The thread whose step it is opens it to others that poll, takes part, and waits for
 * them; it alone moves the subscription, past what was answered, in order of the log. */
#include "batch.h"
#include "delivery.h"

/* ---- ahead of the checkpoint ------------------------------------------------- */

/* What came of an event. A page is not longer than there are answers. */
struct jn_answer {
    int64_t position; /* 0: of none */
    struct jn_report report;
};

static size_t answer_count(const struct jn_subscription *subscription)
{
    return (size_t)jn_jangle_of(subscription)->config.batch_count;
}

static struct jn_answer *slot_of(const struct jn_subscription *subscription,
                                 int64_t position)
{
    return &subscription->ahead[(size_t)position % answer_count(subscription)];
}

/* NULL if it was not called, or is forgotten. */
static const struct jn_report *find_answer(const struct jn_subscription *subscription,
                                           int64_t position)
{
    const struct jn_answer *answer;

    if (!subscription->ahead)
        return NULL;
    answer = slot_of(subscription, position);
    return answer->position == position ? &answer->report : NULL;
}

bool jn_ahead_is_done(const struct jn_subscription *subscription, int64_t position)
{
    const struct jn_report *report = find_answer(subscription, position);

    return report && report->verdict == JN_DONE;
}

static enum jangle_result reserve(struct jn_subscription *subscription,
                                  struct jangle_error *error)
{
    const struct jangle_allocator *allocator =
        &jn_jangle_of(subscription)->host.host.allocator;

    if (!subscription->ahead)
        subscription->ahead =
            jn_new(allocator, answer_count(subscription) * sizeof(struct jn_answer));
    if (subscription->ahead)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_NO_MEMORY, "out of memory for what \"%s\" does ahead",
                   jn_subscriber_of(subscription)->name);
}

void jn_ahead_forget(struct jn_subscription *subscription)
{
    jn_free(&jn_jangle_of(subscription)->host.host.allocator, subscription->ahead);
    subscription->ahead = NULL;
}

void jn_ahead_forget_failures(struct jn_subscription *subscription)
{
    for (size_t i = 0; subscription->ahead && i < answer_count(subscription); i++) {
        if (subscription->ahead[i].report.verdict != JN_DONE)
            subscription->ahead[i].position = 0;
    }
}

/* ---- the events of one key --------------------------------------------------- */

struct chain {
    size_t at;   /* the item that is next */
    size_t last; /* of those that are known */
    bool held;   /* one failed: those behind it wait */
    struct chain *next;
};

struct jn_share {
    struct jn_batch *batch;
    size_t *behind;              /* an item's next of the same key; 0: there is none */
    struct chain *first, **last; /* whose next event may be handled now, in turn */
    struct jn_helper *helpers;
    int helping;
    int failures;              /* in a row */
    enum jangle_result result; /* other than OK: no more is handled */
    struct jangle_error error;
};

static void append(struct jn_share *share, struct chain *chain)
{
    chain->next = NULL;
    *share->last = chain;
    share->last = &chain->next;
}

/* NULL when out of memory. */
static struct chain *
find_or_make(struct jn_share *share, struct jn_map *keys, const char *key)
{
    struct chain *chain = jn_map_find(keys, key);

    if (chain)
        return chain;
    chain = jangle_alloc(&share->batch->page.arena, sizeof *chain);
    if (!chain || jn_map_put(keys, key, chain))
        return NULL;
    chain->at = chain->last = SIZE_MAX;
    return chain;
}

static enum jangle_result add(struct jn_share *share, struct jn_map *keys, size_t at)
{
    const struct jn_batch *batch = share->batch;
    const struct jn_item *item = &batch->page.items[at];
    struct chain *chain = find_or_make(share, keys, item->key);

    if (!chain)
        return JANGLE_NO_MEMORY;
    chain->held |= find_answer(batch->subscription, item->record.position) != NULL;
    if (chain->held)
        return JANGLE_OK;
    if (chain->at == SIZE_MAX) {
        chain->at = at;
        append(share, chain);
    } else {
        share->behind[chain->last] = at;
    }
    chain->last = at;
    return JANGLE_OK;
}

/* What of the page is to be handled, up to the first event that is too new. */
static enum jangle_result sort(struct jn_share *share, struct jangle_error *error)
{
    struct jn_batch *batch = share->batch;
    struct jn_page *page = &batch->page;
    char reason[JN_REASON_SIZE];
    struct jn_map keys;
    enum jangle_result result;

    share->last = &share->first;
    share->behind = jangle_alloc(&page->arena, page->count * sizeof *share->behind);
    result = jn_arena_check(&page->arena, error);
    jn_map_init(&keys, page->arena.allocator);
    for (size_t i = 0; !result && i < page->count; i++) {
        enum jn_fate fate = jn_batch_judge(batch, &page->items[i], reason);

        if (fate == JN_FATE_STOP)
            break;
        if (fate == JN_FATE_DELIVER)
            result = add(share, &keys, i);
    }
    jn_map_finish(&keys);
    return jn_fail(error, result, "out of memory for the events of \"%s\"",
                   jn_subscriber_of(batch->subscription)->name);
}

/* ---- handling them ----------------------------------------------------------- */

/* A thread that takes part. */
struct worker {
    struct jn_share *share;
    struct jangle_arena *arena; /* of the event that is delivered */
    int64_t until_us;
    bool owns; /* the step is its own: it must wait for the others */
    int64_t answered;
};

/* Under the mutex. When so many fail there is an outage perhaps: see what they make. */
static bool is_open(const struct jn_share *share)
{
    const struct jangle *jangle = jn_jangle_of(share->batch->subscription);

    return share->first && !share->result && share->failures < JN_STREAK_LIMIT &&
           !atomic_load(&jangle->stopping);
}

/* Under the mutex: the key to go on with; NULL: this thread is done. While others are in
 * handlers the step cannot end, so the one that owns it goes on. */
static struct chain *take(const struct worker *worker)
{
    struct jn_share *share = worker->share;
    struct jn_dispatch *dispatch = share->batch->subscription->dispatch;
    bool over = worker->answered &&
                jn_host_monotonic_us(&dispatch->jangle->host) >= worker->until_us;
    struct chain *chain;

    while (!is_open(share) || (over && !(worker->owns && share->helping))) {
        if (!worker->owns || !share->helping)
            return NULL;
        jn_cond_wait(&dispatch->changed, &dispatch->mutex);
    }
    chain = share->first;
    share->first = chain->next;
    if (!share->first)
        share->last = &share->first;
    return chain;
}

static enum jangle_result deliver(const struct worker *worker,
                                  const struct jn_item *item,
                                  struct jn_report *report,
                                  struct jangle_error *error)
{
    struct jn_call call = {.subscription = worker->share->batch->subscription,
                           .record = &item->record,
                           .handler = item->handler,
                           .arena = worker->arena,
                           .attempt = 1};

    return jn_deliver_singly(&call, report, error);
}

/* Under the mutex. */
static void
give_back(struct worker *worker, struct chain *chain, const struct jn_report *report)
{
    struct jn_share *share = worker->share;
    const struct jn_batch *batch = share->batch;
    int64_t position = batch->page.items[chain->at].record.position;
    bool done = report->verdict == JN_DONE;

    *slot_of(batch->subscription, position) =
        (struct jn_answer){.position = position, .report = *report};
    worker->answered++;
    share->failures = done ? 0 : share->failures + 1;
    chain->at = share->behind[chain->at];
    if (done && chain->at)
        append(share, chain);
}

/* With the mutex held, which is let go while handlers run. */
static void work(struct worker *worker)
{
    struct jn_share *share = worker->share;
    const struct jn_batch *batch = share->batch;
    struct jn_mutex *mutex = &batch->subscription->dispatch->mutex;
    struct chain *chain;

    while ((chain = take(worker))) {
        struct jangle_error error = {0};
        struct jn_report report;
        enum jangle_result result;

        jn_mutex_unlock(mutex);
        result = deliver(worker, &batch->page.items[chain->at], &report, &error);
        jn_mutex_lock(mutex);
        if (!result) {
            give_back(worker, chain, &report);
        } else if (!share->result) {
            share->result = result;
            share->error = error;
        }
    }
}

/* ---- helping ----------------------------------------------------------------- */

bool jn_share_wants_help(const struct jn_subscription *subscription)
{
    const struct jn_share *share = subscription->share;

    return share && is_open(share) &&
           share->helping + 1 < jn_subscriber_of(subscription)->threads;
}

static void join(struct jn_share *share, struct jn_helper *helper)
{
    struct jn_subscription *subscription = share->batch->subscription;
    struct jn_dispatch *dispatch = subscription->dispatch;

    *helper = (struct jn_helper){.thread = pthread_self(), .next = share->helpers};
    share->helpers = helper;
    share->helping++;
    dispatch->inside++;
    subscription->turn = ++dispatch->turns;
    if (jn_turn_next(dispatch))
        jn_cond_signal(&dispatch->work);
}

static void leave(struct jn_share *share, struct jn_helper *helper)
{
    struct jn_dispatch *dispatch = share->batch->subscription->dispatch;
    struct jn_helper **link = &share->helpers;

    while (*link != helper)
        link = &(*link)->next;
    *link = helper->next;
    share->helping--;
    dispatch->inside--;
    jn_cond_signal(&dispatch->work);
    jn_cond_broadcast(&dispatch->changed);
}

bool jn_share_is_helper(const struct jn_subscription *subscription, pthread_t thread)
{
    const struct jn_helper *helper =
        subscription->share ? subscription->share->helpers : NULL;

    while (helper && !pthread_equal(helper->thread, thread))
        helper = helper->next;
    return helper != NULL;
}

bool jn_share_help(struct jn_dispatch *dispatch, int64_t *done)
{
    const struct jangle *jangle = dispatch->jangle;
    const struct jn_subscription *subscription;
    struct jangle_arena arena;
    struct worker worker = {
        .arena = &arena,
        .until_us = jn_host_monotonic_us(&jangle->host) + JN_STEP_US,
    };
    struct jn_helper helper;

    jn_arena_init(&arena, &jangle->host.host.allocator);
    jn_mutex_lock(&dispatch->mutex);
    subscription = jn_turn_next(dispatch);
    if (subscription && subscription->running) {
        worker.share = subscription->share;
        join(worker.share, &helper);
        work(&worker);
        leave(worker.share, &helper);
    }
    jn_mutex_unlock(&dispatch->mutex);
    jn_arena_finish(&arena);
    *done += worker.answered;
    return worker.share != NULL;
}

/* ---- the step ---------------------------------------------------------------- */

bool jn_batch_is_shared(const struct jn_batch *batch)
{
    const struct jn_subscription *subscription = batch->subscription;

    return jn_subscriber_of(subscription)->threads > 1 &&
           jn_jangle_of(subscription)->config.workers > 2 &&
           subscription->halt.kind == JN_GOING;
}

/* Open it to others, and handle what there is, until nobody is in there any more. */
static void handle_all(struct jn_share *share)
{
    struct jn_batch *batch = share->batch;
    struct jn_subscription *subscription = batch->subscription;
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct worker worker = {.share = share,
                            .arena = &batch->arena,
                            .until_us = batch->until_us,
                            .owns = true};

    jn_mutex_lock(&dispatch->mutex);
    subscription->share = share;
    if (share->first && share->first->next)
        jn_cond_signal(&dispatch->work);
    work(&worker);
    subscription->share = NULL;
    jn_mutex_unlock(&dispatch->mutex);
}

/* One event of what the checkpoint may pass. False: no further. */
static bool pass(struct jn_batch *batch, const struct jn_item *item)
{
    const struct jn_report *report =
        find_answer(batch->subscription, item->record.position);
    enum jn_fate fate = jn_batch_fate(batch, item);

    if (fate == JN_FATE_STOP || (fate == JN_FATE_DELIVER && !report))
        return false;
    if (fate == JN_FATE_DELIVER) {
        jn_batch_fail(batch, item, report);
        return !batch->stopped;
    }
    jn_move_pass(&batch->move, &item->record);
    batch->done++;
    if (report && report->verdict == JN_DONE) {
        jn_move_deliver(&batch->move);
        batch->delivered++;
    }
    return true;
}

enum jangle_result jn_batch_shared(struct jn_batch *batch, struct jangle_error *error)
{
    struct jn_share share = {.batch = batch};
    const struct jn_page *page = &batch->page;
    enum jangle_result result = reserve(batch->subscription, error);

    if (!result)
        result = sort(&share, error);
    if (result)
        return result;
    handle_all(&share);
    for (size_t i = 0; i < page->count && pass(batch, &page->items[i]); i++)
        ;
    result = jn_move_make(&batch->move, batch->subscription, error);
    return result ? result : jn_fail(error, share.result, "%s", share.error.message);
}
