/* saga_timers.c - the timeouts of sagas, when they are due. */
#include "saga_dispatch.h"

#include "event.h"
#include "saga_store.h"

#include <inttypes.h>

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
    look->ours++;
    jn_mutex_lock(&dispatch->mutex);
    if (jn_host_monotonic_us(&dispatch->jangle->host) >= subscription->timers_wait_us)
        subscription->timers_due = true;
    jn_cond_signal(&dispatch->work);
    jn_mutex_unlock(&dispatch->mutex);
    return JANGLE_OK;
}

/* Sagas of other programs may fill a look: then a longer one is taken. */
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
                  (record->timeout_at.us > now.us || record->retry_at.us > now.us);
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

static enum jangle_result put_row(struct jn_subscription *subscription,
                                  struct jangle_arena *arena,
                                  const struct jn_row *row,
                                  struct jangle_error *error)
{
    struct jn_move move;
    enum jangle_result result = jn_move_init(&move, subscription, arena, 1, error);

    if (result)
        return result;
    jn_move_park(&move, row);
    return jn_move_make(&move, subscription, error);
}

/* False if the key is not parked. */
static bool find_row(struct jn_subscription *subscription,
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

enum jangle_result jn_saga_wake(struct jn_subscription *subscription,
                                const char *id,
                                struct jangle_error *error)
{
    const struct jn_host *host = &jn_jangle_of(subscription)->host;
    enum jangle_result result = JANGLE_OK;
    struct jangle_arena arena;
    struct jn_row row;

    jn_arena_init(&arena, &host->host.allocator);
    if (find_row(subscription, jn_saga_key(&arena, id), &arena, &row))
        result = jn_retry_soon(subscription, &row, error);
    else
        result = jn_arena_check(&arena, error);
    jn_arena_finish(&arena);
    return result;
}

/* A timeout that is given up is the dead letter of the last event before it. It is
 * durable before the saga is parked: one that is parked without it, nobody would find. */
static enum jangle_result bury(struct jn_subscription *subscription,
                               const struct jn_saga *saga,
                               struct jangle_error *error)
{
    const struct jn_host *host = &jn_jangle_of(subscription)->host;
    const char *key = jn_saga_key(saga->arena, saga->id);
    enum jangle_result result;
    struct jn_row row;

    if (!find_row(subscription, key, saga->arena, &row))
        row = (struct jn_row){
            .key = key, .first_position = saga->position, .position = saga->position};
    row.attempts = saga->attempts;
    row.dead = true;
    row.next_at = jn_host_now(host);
    jn_reason_set(row.reason, "its timeout: %s", saga->reason);
    result = put_row(subscription, saga->arena, &row, error);
    return result ? result
                  : jn_committer_flush(&jn_jangle_of(subscription)->commits, error);
}

/* ---- a timeout's turn -------------------------------------------------------- */

struct timer {
    struct jn_subscription *subscription;
    struct jangle *jangle;
    struct jn_saga saga;
    struct jangle_arena arena;
    struct jangle_record record; /* of the event whose turn is in the way */
    struct jangle_error *error;
};

static enum jangle_result visit_event(void *context, const struct jangle_record *record)
{
    struct timer *timer = context;
    const struct jangle_handler *handler = jn_registry_handler(
        &timer->jangle->registry, &timer->saga.type->subscriber, record->type);
    struct jangle_event event;
    enum jangle_result result;

    if (record->position != timer->saga.turn_position || !handler)
        return jn_fail(timer->error, JANGLE_INVALID,
                       "the event %lld of its open turn cannot be found",
                       (long long)timer->saga.turn_position);
    result = jn_event_read(&event, &timer->arena, record, handler->event,
                           &timer->jangle->limits, timer->error);
    if (result)
        return result;
    return jn_saga_close_turn(&timer->saga, &event, &timer->jangle->limits, timer->error);
}

/* A turn that waits is closed where it stands: what it has done can be recalled. */
static enum jangle_result begin(struct timer *timer)
{
    struct jangle_store *store = timer->jangle->store;
    struct jn_saga *saga = &timer->saga;
    enum jangle_result result = JANGLE_OK;

    if (saga->turn_position)
        result = store->ops->read_all(store, saga->turn_position - 1, 1, visit_event,
                                      timer, timer->error);
    if (result)
        return result;
    if (saga->turn_position)
        return jn_fail(timer->error, JANGLE_STORAGE,
                       "the event %lld of its open turn is not in the store",
                       (long long)saga->turn_position);
    saga->turn_at = jn_host_now(&timer->jangle->host);
    saga->retry_at = saga->turn_at; /* if this process dies in the middle of it */
    saga->timeout_at = (jangle_time){0};
    JN_COUNT(timer->jangle, timeouts, 1);
    JN_LOG(&timer->jangle->log, SAGA_TIMED_OUT,
           JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id)),
           "%s/%s has timed out", saga->type->saga->name, saga->id);
    return JANGLE_OK;
}

/* It is run again later, or given up. */
static void put_off(struct timer *timer, const struct jn_turn *turn)
{
    const struct jn_host *host = &timer->jangle->host;
    const struct jangle_retry *retry = &timer->subscription->retry;
    struct jn_saga *saga = &timer->saga;
    int64_t delay_ms = turn->retry_in_ms;

    saga->count = saga->stored;
    saga->attempts += !jn_is_own_failure(turn->stuck);
    saga->reason = jn_arena_copy_text(saga->arena, turn->error.message);
    if (turn->unfit || (retry->max_attempts > 0 && saga->attempts >= retry->max_attempts))
        saga->status = JANGLE_SAGA_PARKED;
    if (delay_ms < 0)
        delay_ms = jn_host_backoff_ms(host, retry, saga->attempts ? saga->attempts : 1);
    saga->retry_at = jangle_time_after_ms(jn_host_now(host), delay_ms);
    saga->timeout_at =
        turn->timeout_at.us > saga->retry_at.us ? turn->timeout_at : (jangle_time){0};
    if (saga->status == JANGLE_SAGA_PARKED)
        JN_LOG(&timer->jangle->log, SAGA_PARKED,
               JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id)),
               "%s/%s is parked: its timeout: %s", saga->type->saga->name, saga->id,
               saga->reason);
    else
        JN_LOG(&timer->jangle->log, SAGA_RETRIED,
               JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id),
                        JN_NUMBER("attempt", saga->attempts)),
               "the timeout of %s/%s failed: %s", saga->type->saga->name, saga->id,
               saga->reason);
}

static enum jangle_result run_turn(struct timer *timer)
{
    struct jangle *jangle = timer->jangle;
    struct jn_saga *saga = &timer->saga;
    struct jn_turn turn = {
        .base = {.attempt = saga->attempts + 1, .at = saga->turn_at},
        .saga = saga,
        .world = &jn_saga_world,
        .context = jangle,
        .limits = &jangle->limits,
        .step_limit = jangle->config.step_count,
        .cause = jangle_text(saga->arena, "timeout/%" PRId64 "/%zu", saga->turn_at.us,
                             saga->closed),
    };
    enum jangle_result result = JANGLE_OK;

    if (jn_turn_run(&turn))
        put_off(timer, &turn);
    if (saga->status == JANGLE_SAGA_PARKED)
        result = bury(timer->subscription, saga, timer->error);
    if (!result)
        result = jn_saga_save(saga, jangle, timer->error);
    if (result || saga->turn_at.us)
        return result;
    JN_COUNT(jangle, turns, 1);
    if (saga->status == JANGLE_SAGA_FINISHED)
        JN_LOG(&jangle->log, SAGA_FINISHED,
               JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id)),
               "%s/%s is over", saga->type->saga->name, saga->id);
    return jn_saga_wake(timer->subscription, saga->id, timer->error);
}

static bool is_due(const struct jn_saga *saga, jangle_time now)
{
    bool retried = saga->turn_at.us && !saga->turn_position;

    if (saga->status != JANGLE_SAGA_OPEN)
        return false;
    if (retried)
        return saga->retry_at.us <= now.us;
    return saga->timeout_at.us && saga->timeout_at.us <= now.us;
}

static enum jangle_result
run_one(struct jn_subscription *subscription, const char *id, struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct timer timer = {.subscription = subscription, .jangle = jangle, .error = error};
    enum jangle_result result;

    jn_arena_init(&timer.arena, &jangle->host.host.allocator);
    result =
        jn_saga_load(&timer.saga, jangle, subscription->saga, id, &timer.arena, error);
    if (!result && is_due(&timer.saga, jn_host_now(&jangle->host))) {
        result = jn_saga_decode_state(&timer.saga, &jangle->limits, error);
        if (!result && (!timer.saga.turn_at.us || timer.saga.turn_position))
            result = begin(&timer);
        if (!result)
            result = run_turn(&timer);
    }
    jn_arena_finish(&timer.arena);
    return result;
}

/* A saga that cannot be read does not stop the others; all wait a little, for it will be
 * due again. */
static enum jangle_result skip_broken(struct jn_subscription *subscription,
                                      enum jangle_result result,
                                      struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct jangle *jangle = jn_jangle_of(subscription);

    if (result != JANGLE_INVALID)
        return result;
    JN_LOG(&jangle->log, STORE_FAILED,
           JN_PAIRS(JN_TEXT("saga", jn_subscriber_of(subscription)->name)),
           "a timeout cannot be dealt with: %s", error->message);
    jn_mutex_lock(&dispatch->mutex);
    subscription->timers_wait_us =
        jn_host_monotonic_us(&jangle->host) + jangle->config.retry_interval_ms * 1000;
    jn_mutex_unlock(&dispatch->mutex);
    jn_error_clear(error);
    return JANGLE_OK;
}

/* ---- a step ------------------------------------------------------------------ */

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

    for (size_t limit = LOOK_COUNT; !result && !due->ids.count; limit *= 4) {
        due->seen = 0;
        result = store->ops->read_due_sagas(store, jn_host_now(&jangle->host), limit,
                                            collect, due, error);
        if (due->seen < limit)
            break;
    }
    memory = jn_arena_check(&due->arena, error);
    return memory ? memory : result;
}

enum jangle_result jn_timers_run(struct jn_subscription *subscription,
                                 int64_t *done,
                                 struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jn_dispatch *dispatch = subscription->dispatch;
    int64_t until_us = jn_host_monotonic_us(&jangle->host) + JN_STEP_US;
    struct due due = {.subscription = subscription};
    enum jangle_result result;
    size_t i = 0;

    jn_mutex_lock(&dispatch->mutex);
    subscription->timers_due = false;
    jn_mutex_unlock(&dispatch->mutex);
    jn_arena_init(&due.arena, &jangle->host.host.allocator);
    result = read_due(subscription, &due, error);
    while (!result && i < due.ids.count && !atomic_load(&jangle->stopping)) {
        result = run_one(subscription, due.ids.items[i++].text, error);
        result = skip_broken(subscription, result, error);
        *done += 1;
        if (jn_host_monotonic_us(&jangle->host) >= until_us)
            break;
    }
    jn_mutex_lock(&dispatch->mutex);
    subscription->timers_due |= i < due.ids.count;
    jn_mutex_unlock(&dispatch->mutex);
    jn_arena_finish(&due.arena);
    return result;
}
