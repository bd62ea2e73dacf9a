/* saga_timers.c - the timeouts of sagas, when they are due. */
#include "saga/saga_dispatch.h"

#include "core/saga_match.h"
#include "dispatch/dispatch.h"

enum { LOOK_COUNT = 100 };

/* ---- which are due ----------------------------------------------------------- */

struct look {
    struct jn_dispatch *dispatch;
    size_t count, ours;
};

static enum jangle_result visit_due(void *context,
                                    const struct jangle_saga_record *record)
{
    struct look *look = context;
    struct jn_dispatch *dispatch = look->dispatch;
    struct jn_subscription *subscription =
        jn_dispatch_find(dispatch->jangle, record->saga);

    look->count++;
    if (!subscription || !subscription->saga)
        return JANGLE_OK;
    jn_mutex_lock(&dispatch->mutex);
    if (subscription->owned &&
        jn_host_monotonic_us(&dispatch->jangle->host) >= subscription->timers_wait_us) {
        subscription->timers_due = true;
        look->ours++;
        jn_cond_signal(&dispatch->work);
    }
    jn_mutex_unlock(&dispatch->mutex);
    return JANGLE_OK;
}

/* Sagas of other processes may fill a look: then a longer one is taken. */
enum jangle_result jn_timers_look(struct jn_dispatch *dispatch,
                                  struct jangle_error *error)
{
    struct jangle *jangle = dispatch->jangle;
    struct jangle_store *store = jangle->store;
    struct look look = {.dispatch = dispatch};
    enum jangle_result result = JANGLE_OK;

    if (!jangle->registry.sagas.count)
        return JANGLE_OK;
    for (size_t limit = LOOK_COUNT; !result; limit *= 4) {
        look.count = look.ours = 0;
        result = store->ops->read_due_sagas(store, jn_host_now(&jangle->host), limit,
                                            visit_due, &look, error);
        if (look.count < limit || look.ours)
            break;
    }
    return result;
}

static enum jangle_result count_future(void *context,
                                       const struct jangle_saga_record *record)
{
    struct look *look = context;
    struct jangle *jangle = look->dispatch->jangle;
    jangle_time now = jn_host_now(&jangle->host);

    look->ours += jn_registry_saga(&jangle->registry, record->saga) != NULL &&
                  record->due_at.us > now.us;
    return JANGLE_OK;
}

enum jangle_result
jn_timers_count(struct jangle *jangle, int64_t *future, struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct look look = {.dispatch = jangle->dispatch};
    jangle_time ever = {INT64_MAX};
    enum jangle_result result = JANGLE_OK;

    if (jangle->registry.sagas.count)
        result = store->ops->read_due_sagas(store, ever, INT32_MAX, count_future, &look,
                                            error);
    *future = (int64_t)look.ours;
    return result;
}

/* ---- parked keys ------------------------------------------------------------- */

bool jn_saga_find_row(struct jn_subscription *subscription,
                      const char *key,
                      struct jangle_arena *arena,
                      struct jn_row *row)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    const struct jn_parked *parked;
    bool found;

    jn_mutex_lock(&dispatch->mutex);
    parked = jn_parked_find(&subscription->parked, key);
    found = parked != NULL;
    if (found) {
        *row = parked->row;
        row->key = jn_arena_copy_text(arena, key);
    }
    jn_mutex_unlock(&dispatch->mutex);
    return found;
}

static enum jangle_result wake(struct jn_subscription *subscription,
                               const char *key,
                               struct jangle_arena *arena,
                               struct jangle_error *error)
{
    struct jn_row row;

    if (!jn_arena_check(arena, error) && jn_saga_find_row(subscription, key, arena, &row))
        return jn_retry_soon(subscription, &row, error);
    return jn_arena_check(arena, error);
}

enum jangle_result jn_saga_wake(struct jn_subscription *subscription,
                                const char *id,
                                struct jangle_error *error)
{
    struct jangle_arena arena;
    enum jangle_result result;

    jn_arena_init(&arena, &jn_jangle_of(subscription)->host.host.allocator);
    result = wake(subscription, jn_saga_key(&arena, id), &arena, error);
    jn_arena_finish(&arena);
    return result;
}

enum jangle_result jn_saga_wake_timeout(struct jn_subscription *subscription,
                                        const char *id,
                                        struct jangle_error *error)
{
    struct jangle_arena arena;
    enum jangle_result result;

    jn_arena_init(&arena, &jn_jangle_of(subscription)->host.host.allocator);
    result = wake(subscription, jn_saga_timeout_key(&arena, id), &arena, error);
    jn_arena_finish(&arena);
    return result;
}

/* ---- a step ------------------------------------------------------------------ */

/* A saga that cannot be read does not stop the others; all wait a little, for it will be
 * due again. */
static enum jangle_result skip_broken(struct jn_subscription *subscription,
                                      enum jangle_result result,
                                      struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct jangle *jangle = jn_jangle_of(subscription);

    if (!jangle_result_is(result, JANGLE_RESULT_LOCAL))
        return result;
    JN_LOG(&jangle->log, STORE_FAILED,
           JN_PAIRS(JN_TEXT("saga", jn_subscriber_of(subscription)->name)),
           "a timeout cannot be dealt with: %s", error->message);
    jn_mutex_lock(&dispatch->mutex);
    subscription->timers_failed |= result == JANGLE_STORAGE;
    subscription->timers_wait_us =
        jn_host_monotonic_us(&jangle->host) + jangle->config.retry_interval_ms * 1000;
    jn_mutex_unlock(&dispatch->mutex);
    jn_error_clear(error);
    return JANGLE_OK;
}

struct due {
    const struct jn_subscription *subscription;
    struct jangle_arena arena;
    size_t seen; /* also those of others */
    struct {
        struct due_id {
            const char *text;
        } * items;
        size_t count;
    } ids;
};

static enum jangle_result collect(void *context, const struct jangle_saga_record *record)
{
    struct due *due = context;

    due->seen++;
    if (strcmp(record->saga, jn_subscriber_of(due->subscription)->name) != 0)
        return JANGLE_OK;
    jangle_list_add(&due->arena, &due->ids, due_id,
                    .text = jn_arena_copy_text(&due->arena, record->id));
    return due->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

static enum jangle_result read_due(struct jn_subscription *subscription,
                                   struct due *due,
                                   struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_store *store = jangle->store;
    enum jangle_result result = JANGLE_OK, memory;

    for (size_t limit = LOOK_COUNT + subscription->timers_broken;
         !result && !due->ids.count; limit *= 4) {
        due->seen = 0;
        result = store->ops->read_due_sagas(store, jn_host_now(&jangle->host), limit,
                                            collect, due, error);
        if (due->seen < limit)
            break;
    }
    memory = jn_arena_check(&due->arena, error);
    return memory ? memory : result;
}

/* One whose saga cannot be read waits longer each time, and stops no other. */
static enum jangle_result put_off(struct jn_subscription *subscription,
                                  const struct jn_row *row,
                                  struct jangle_error *error)
{
    struct jn_report report = {
        .outcome = JN_OURS, .retry_in_ms = JN_BY_POLICY, .error = *error};
    struct jangle_arena arena;
    struct jn_move move;
    struct jn_row later;
    enum jangle_result result;

    jn_arena_init(&arena, &jn_jangle_of(subscription)->host.host.allocator);
    result = jn_move_init(&move, subscription, &arena, 1, error);
    if (!result) {
        jn_row_fail(&later, row, subscription, &report);
        later.key = jn_arena_copy_text(&arena, row->key);
        result = jn_arena_check(&arena, error);
    }
    if (!result) {
        jn_move_park(&move, &later);
        result = jn_move_make(&move, subscription, error);
    }
    jn_arena_finish(&arena);
    return result;
}

static enum jangle_result retry(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                int64_t *done,
                                struct jangle_error *error)
{
    enum jangle_result result = jn_timeout_retry(subscription, row, error);

    *done += 1;
    if (jangle_result_is(result, JANGLE_RESULT_LOCAL))
        result = put_off(subscription, row, error);
    return result;
}

enum jangle_result jn_timers_run(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 int64_t *done,
                                 struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jn_dispatch *dispatch = subscription->dispatch;
    int64_t until_us = jn_host_monotonic_us(&jangle->host) + JN_STEP_US;
    struct due due = {.subscription = subscription};
    enum jangle_result result;
    size_t i = 0, broken = 0;

    if (row)
        return retry(subscription, row, done, error);
    jn_mutex_lock(&dispatch->mutex);
    subscription->timers_due = subscription->timers_failed = false;
    jn_mutex_unlock(&dispatch->mutex);
    jn_arena_init(&due.arena, &jangle->host.host.allocator);
    result = read_due(subscription, &due, error);
    while (!result && i < due.ids.count && !atomic_load(&jangle->stopping)) {
        result = jn_timeout_run(subscription, due.ids.items[i++].text, error);
        broken += jangle_result_is(result, JANGLE_RESULT_LOCAL);
        result = skip_broken(subscription, result, error);
        *done += 1;
        if (subscription->halt.kind == JN_OUTAGE || /* that was one try */
            jn_host_monotonic_us(&jangle->host) >= until_us)
            break;
    }
    jn_mutex_lock(&dispatch->mutex);
    subscription->timers_due |= i < due.ids.count;
    if (i == due.ids.count || broken > subscription->timers_broken)
        subscription->timers_broken = broken;
    jn_mutex_unlock(&dispatch->mutex);
    jn_arena_finish(&due.arena);
    return result;
}
