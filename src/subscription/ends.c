/* ends.c - ends of events that were handled: each is a record, and a group that commits
 * for somebody else takes it along. */
#include "subscription/ends.h"

#include "command/commands.h"
#include "subscription/completed.h"

#include <assert.h>

/* ---- the list: under the mutex ------------------------------------------------- */

static void unlink_end(struct jn_end *end)
{
    struct jn_subscription *subscription = end->subscription;
    struct jn_end **at = &subscription->ends;

    while (*at != end)
        at = &(*at)->next;
    *at = end->next;
    subscription->dispatch->end_count--;
}

static void remove_end(struct jn_end *end)
{
    unlink_end(end);
    end->subscription->kind->free_end(end);
}

/* At the end, so that they are stored in the order in which the turns ended. */
static void link_end(struct jn_subscription *subscription, struct jn_end *end)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct jn_end **at = &subscription->ends;

    while (*at)
        at = &(*at)->next;
    *at = end;
    end->next = NULL;
    end->subscription = subscription;
    dispatch->end_count++;
    if (!subscription->checkpoint_due_us)
        subscription->checkpoint_due_us =
            jn_dispatch_now_us(dispatch) +
            dispatch->jangle->config.checkpoint_interval_ms * 1000;
}

static bool is_ready(const struct jn_end *end)
{
    return end->state == JN_END_WAITS && !end->failed;
}

/* ---- a turn leaves one, and the next takes it over ------------------------------ */

bool jn_ends_may_wait(const struct jn_subscription *subscription, int64_t position)
{
    const struct jn_dispatch *dispatch = subscription->dispatch;
    bool may;

    jn_subscription_lock(subscription);
    may = dispatch->end_count < JN_ENDS_LIMIT && !subscription->end_failed &&
          position > subscription->at_once_until;
    jn_subscription_unlock(subscription);
    return may;
}

void jn_ends_add(struct jn_subscription *subscription, struct jn_end *end)
{
    jn_subscription_lock(subscription);
    link_end(subscription, end);
    jn_subscription_unlock(subscription);
    JN_FAILPOINT("end.waits");
}

static struct jn_end *find_end(const struct jn_subscription *subscription, const char *id)
{
    struct jn_end *end = subscription->ends;

    while (end && (end->state == JN_END_FORGOTTEN || strcmp(end->record.id, id) != 0))
        end = end->next;
    return end;
}

/* No two turns of a saga run at a time, so none that is TAKEN is found. */
struct jn_end *jn_ends_take_over(struct jn_subscription *subscription, const char *id)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct jn_end *end;

    jn_mutex_lock(&dispatch->mutex);
    while ((end = find_end(subscription, id)) && end->state == JN_END_SUBMITTED)
        jn_cond_wait(&dispatch->run_changed, &dispatch->mutex);
    assert(!end || end->state == JN_END_WAITS);
    if (end)
        end->state = JN_END_TAKEN;
    jn_mutex_unlock(&dispatch->mutex);
    return end;
}

void jn_ends_give_back(struct jn_end *end)
{
    const struct jn_subscription *subscription = end->subscription;

    jn_subscription_lock(subscription);
    end->state = JN_END_WAITS;
    jn_subscription_unlock(subscription);
}

/* The position is left to the end of the run, because others may take part in it now. */
void jn_ends_note_stored(struct jn_end *end)
{
    const struct jn_subscription *subscription = end->subscription;

    jn_subscription_lock(subscription);
    remove_end(end);
    jn_subscription_unlock(subscription);
}

void jn_ends_replace(struct jn_end *old, struct jn_end *end)
{
    struct jn_subscription *subscription = old->subscription;

    jn_subscription_lock(subscription);
    end->position = old->position;
    end->passed = old->passed;
    end->before = old->before;
    remove_end(old);
    link_end(subscription, end);
    jn_subscription_unlock(subscription);
    JN_FAILPOINT("end.waits");
}

/* ---- how far the position may come ---------------------------------------------- */

void jn_ends_pass(struct jn_subscription *subscription,
                  int64_t position,
                  int64_t before,
                  const unsigned char before_id[JANGLE_ID_SIZE])
{
    jn_subscription_lock(subscription);
    for (struct jn_end *end = subscription->ends; end; end = end->next) {
        if (end->position != position || end->passed)
            continue;
        end->passed = true;
        end->before.position = before;
        memcpy(end->before.event_id, before_id, sizeof end->before.event_id);
    }
    jn_subscription_unlock(subscription);
}

/* An end that is not passed is behind `ahead`: its event was handled out of order. */
void jn_ends_raise(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    const struct jn_reached *place = &subscription->ahead;

    for (const struct jn_end *end = subscription->ends; end; end = end->next)
        if (end->passed && end->state != JN_END_FORGOTTEN &&
            end->before.position < place->position)
            place = &end->before;
    if (place->position <= subscription->position)
        return;
    subscription->position = place->position;
    memcpy(subscription->event_id, place->event_id, sizeof subscription->event_id);
    if (!subscription->checkpoint_due_us && !subscription->kind->has_own_checkpoint)
        subscription->checkpoint_due_us =
            jn_dispatch_now_us(dispatch) +
            dispatch->jangle->config.checkpoint_interval_ms * 1000;
    jn_dispatch_tell_change(dispatch);
}

/* One that a group carries is freed when the group settles it. */
void jn_ends_forget(struct jn_subscription *subscription)
{
    struct jn_end *end = subscription->ends, *next;

    for (; end; end = next) {
        next = end->next;
        assert(end->state != JN_END_TAKEN);
        if (end->state == JN_END_WAITS)
            remove_end(end);
        else
            end->state = JN_END_FORGOTTEN;
    }
    subscription->end_failed = false;
}

/* ---- storing them --------------------------------------------------------------- */

static bool are_ready(const struct jn_subscription *subscription)
{
    const struct jn_end *end = subscription->ends;

    while (end && !is_ready(end) && end->state != JN_END_SUBMITTED)
        end = end->next;
    return end != NULL;
}

bool jn_ends_wait(const struct jn_subscription *subscription)
{
    bool wait;

    jn_subscription_lock(subscription);
    wait = subscription->ends != NULL;
    jn_subscription_unlock(subscription);
    return wait;
}

/* Whatever becomes of the group: each end is told what became of it, and a checkpoint
 * that the group carried is tried again with the next one. */
static void flush(struct jn_dispatch *dispatch)
{
    struct jangle_error ignored = {0};

    (void)jn_committer_flush(&dispatch->jangle->commands->committer, &ignored);
}

bool jn_ends_flush(const struct jn_subscription *subscription)
{
    bool ready;

    jn_subscription_lock(subscription);
    ready = are_ready(subscription);
    jn_subscription_unlock(subscription);
    if (ready)
        flush(subscription->dispatch);
    return ready;
}

bool jn_ends_flush_all(struct jn_dispatch *dispatch)
{
    bool ready = false;

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < dispatch->count; i++)
        ready |= are_ready(&dispatch->subscriptions[i]);
    jn_mutex_unlock(&dispatch->mutex);
    if (ready)
        flush(dispatch);
    return ready;
}

bool jn_ends_hasten(const struct jn_subscription *subscription, int64_t position)
{
    bool wait;

    jn_subscription_lock(subscription);
    wait = subscription->position < position && are_ready(subscription) &&
           (subscription->ahead.position >= position || subscription->suspension.kind);
    jn_subscription_unlock(subscription);
    if (wait)
        flush(subscription->dispatch);
    return wait;
}

static bool are_submitted(const struct jn_subscription *subscription)
{
    const struct jn_end *end = subscription->ends;

    while (end && end->state != JN_END_SUBMITTED)
        end = end->next;
    return end != NULL;
}

/* Under the mutex. The events behind the position are delivered again: those that are
 * stored as handled are answered so. Their ends are stored at once, so that one that can
 * never be stored parks its key and holds up no other. */
static void go_back(struct jn_subscription *subscription)
{
    int64_t until = subscription->ahead.position;

    for (const struct jn_end *end = subscription->ends; end; end = end->next)
        if (end->last > until)
            until = end->last;
    if (until > subscription->at_once_until)
        subscription->at_once_until = until;
    jn_ends_forget(subscription);
    jn_completed_forget(subscription);
    subscription->ahead.position = subscription->position;
    memcpy(subscription->ahead.event_id, subscription->event_id,
           sizeof subscription->event_id);
}

bool jn_ends_store(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    bool all;

    jn_ends_flush(subscription);
    jn_mutex_lock(&dispatch->mutex);
    while (are_submitted(subscription))
        jn_cond_wait(&dispatch->run_changed, &dispatch->mutex);
    jn_ends_raise(subscription);
    all = !subscription->ends && !subscription->end_failed;
    if (!all)
        go_back(subscription);
    jn_mutex_unlock(&dispatch->mutex);
    return all;
}

void jn_ends_prepare(struct jn_subscription *subscription)
{
    bool must;

    jn_subscription_lock(subscription);
    must = subscription->end_failed ||
           (subscription->ends &&
            subscription->ahead.position - subscription->stored >= JN_WINDOW_COUNT);
    jn_subscription_unlock(subscription);
    if (must)
        (void)jn_ends_store(subscription);
}

/* ---- a group takes them along ---------------------------------------------------- */

/* Each rides with an append of nothing, which names the epoch: a record that follows one
 * which a fence made go away is refused with it. */
static size_t submit_ends(void *context,
                          struct jangle_append *appends,
                          struct jangle_saga_record *records,
                          size_t limit)
{
    struct jn_dispatch *dispatch = context;
    size_t count = 0;

    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; dispatch->end_count && i < dispatch->count; i++) {
        struct jn_end *end = dispatch->subscriptions[i].ends;

        for (; end && count < limit; end = end->next) {
            if (!is_ready(end))
                continue;
            end->state = JN_END_SUBMITTED;
            appends[count] = (struct jangle_append){.epoch = end->epoch};
            records[count] = end->record;
            records[count].with = &appends[count];
            dispatch->submitted_ends[count++] = end;
        }
    }
    jn_mutex_unlock(&dispatch->mutex);
    return count;
}

/* Under the mutex. If nobody runs the subscription or holds it the position is raised
 * here; true: so somebody has to store its checkpoint when that is due, or to go back,
 * and who waits for it has to look. Else the end of the run tells them. */
static bool settle_end(struct jn_end *end, bool stored)
{
    struct jn_subscription *subscription = end->subscription;
    bool is_wanted = end->state != JN_END_FORGOTTEN;

    if (stored || !is_wanted) {
        remove_end(end);
    } else {
        end->state = JN_END_WAITS;
        end->failed = subscription->end_failed = true;
    }
    if (subscription->running || subscription->hold)
        return false;
    jn_ends_raise(subscription);
    return true;
}

/* First it is logged and counted what is stored, then it is seen that the events are
 * passed, so that who waits for that finds the figures. */
static void settle_ends(void *context,
                        const struct jangle_saga_record *records,
                        size_t count,
                        const struct jangle_error *all)
{
    struct jn_dispatch *dispatch = context;
    bool wakes = false;

    JN_FAILPOINT("end.stored");
    for (size_t i = 0; i < count; i++) {
        struct jn_end *end = dispatch->submitted_ends[i];

        end->subscription->kind->settle_end(end, all ? all : &records[i].error);
    }
    jn_mutex_lock(&dispatch->mutex);
    for (size_t i = 0; i < count; i++)
        wakes |=
            settle_end(dispatch->submitted_ends[i], !all && !records[i].error.result);
    if (wakes) {
        jn_dispatch_signal_work(dispatch);
        jn_dispatch_tell_change(dispatch);
    }
    jn_dispatch_tell_run(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
}

struct jn_end_source jn_end_source_of(struct jn_dispatch *dispatch)
{
    return (struct jn_end_source){
        .take = submit_ends, .settle = settle_ends, .context = dispatch};
}
