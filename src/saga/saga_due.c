/* saga_due.c - whose timeouts are due.
 *
 * A timeout has its place in its saga's history: behind what was stored before its
 * moment. So a look takes down the time, and then the head of the log. When the
 * subscription's checkpoint has come to that head, every saga has been given what was
 * stored before that time, unless its key is parked; and the timeouts up to that time may
 * have their turns. The pair is kept until then: a new one at each look would never be
 * reached where the log is busy. */
#include "saga/saga_due.h"

#include "core/registry_find.h"
#include "core/saga_match.h"
#include "dispatch/dispatch.h"

/* ---- a look ------------------------------------------------------------------ */

struct look {
    struct jangle *jangle;
    struct jangle_arena arena;
    jangle_time at;
    int64_t head;
    size_t count, ours;
};

/* Under the mutex. */
static bool is_parked(const struct jn_subscription *subscription,
                      struct jangle_arena *arena,
                      const char *id)
{
    const char *key = jn_saga_key(arena, id);

    return key && jn_parked_find(&subscription->parked, key) != NULL;
}

static bool note_parked(struct jn_timers *timers, const struct look *look, int64_t now_us)
{
    if (now_us < timers->scan_wait_us)
        return false;
    if (!timers->scan_due) {
        timers->scan_at = look->at;
        timers->scan_head = look->head;
    }
    timers->scan_due = true;
    return true;
}

static bool note_due(struct jn_timers *timers, const struct look *look, int64_t now_us)
{
    if (now_us < timers->wait_us)
        return false;
    if (!timers->due) {
        timers->at = look->at;
        timers->head = look->head;
    }
    timers->due = true;
    return true;
}

static enum jangle_result visit_due(void *context,
                                    const struct jangle_saga_record *record)
{
    struct look *look = context;
    struct jangle *jangle = look->jangle;
    struct jn_subscription *subscription = jn_subscription_find(jangle, record->saga);
    int64_t now_us = jn_host_monotonic_us(&jangle->host);
    bool noted = false;

    look->count++;
    if (!subscription || !subscription->saga)
        return JANGLE_OK;
    jn_arena_reset(&look->arena);
    jn_subscription_lock(subscription);
    if (subscription->owned)
        noted = is_parked(subscription, &look->arena, record->id)
                    ? note_parked(&subscription->timers, look, now_us)
                    : note_due(&subscription->timers, look, now_us);
    jn_subscription_unlock(subscription);
    look->ours += noted;
    return JANGLE_OK;
}

/* Sagas of other processes may fill a look: then a longer one is taken. */
enum jangle_result jn_timers_look(struct jangle *jangle,
                                  jangle_time at,
                                  int64_t head,
                                  struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct look look = {.jangle = jangle, .at = at, .head = head};
    enum jangle_result result = JANGLE_OK;

    if (!jangle->registry.sagas.count)
        return JANGLE_OK;
    jn_arena_init(&look.arena, &jangle->host.host.allocator);
    for (size_t limit = JN_DUE_LIMIT; !result; limit *= 4) {
        look.count = look.ours = 0;
        result = store->ops->read_due_sagas(store, at, limit, visit_due, &look, error);
        if (look.count < limit || look.ours)
            break;
    }
    if (look.ours)
        jn_dispatch_wake(jangle);
    jn_arena_finish(&look.arena);
    return result;
}

static enum jangle_result count_future(void *context,
                                       const struct jangle_saga_record *record)
{
    struct look *look = context;
    struct jangle *jangle = look->jangle;

    look->ours += jn_registry_saga(&jangle->registry, record->saga) != NULL &&
                  record->due_at.us > look->at.us;
    return JANGLE_OK;
}

enum jangle_result
jn_timers_count(struct jangle *jangle, int64_t *future, struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct look look = {.jangle = jangle, .at = jn_host_now(&jangle->host)};
    jangle_time ever = {INT64_MAX};
    enum jangle_result result = JANGLE_OK;

    if (jangle->registry.sagas.count)
        result = store->ops->read_due_sagas(store, ever, INT32_MAX, count_future, &look,
                                            error);
    *future = (int64_t)look.ours;
    return result;
}

/* ---- those of one subscription ----------------------------------------------- */

void jn_due_init(struct jn_due *due,
                 const struct jn_subscription *subscription,
                 bool parked)
{
    *due = (struct jn_due){.subscription = subscription, .parked = parked};
    jn_arena_init(&due->arena, &jn_jangle_of(subscription)->host.host.allocator);
}

void jn_due_finish(struct jn_due *due)
{
    jn_arena_finish(&due->arena);
}

/* Where its events begin to wait; 0: they do not. */
static int64_t waits_from(const struct jn_subscription *subscription, const char *key)
{
    const struct jn_parked *parked;
    int64_t position;

    jn_subscription_lock(subscription);
    parked = key ? jn_parked_find(&subscription->parked, key) : NULL;
    position = parked ? parked->row.position : 0;
    jn_subscription_unlock(subscription);
    return position;
}

static enum jangle_result collect(void *context, const struct jangle_saga_record *record)
{
    struct jn_due *due = context;
    const struct jn_subscription *subscription = due->subscription;
    const char *key;
    int64_t position;

    due->seen++;
    if (strcmp(record->saga, jn_subscriber_of(subscription)->name) != 0)
        return JANGLE_OK;
    key = jn_saga_key(&due->arena, record->id);
    position = waits_from(subscription, key);
    if (due->parked != (position != 0) || due->sagas.count == JN_DUE_LIMIT)
        return JANGLE_OK;
    if (due->skip)
        due->skip--;
    else
        jangle_list_add(&due->arena, &due->sagas, jn_due_saga,
                        .id = jn_arena_copy_text(&due->arena, record->id), .key = key,
                        .position = position);
    return due->arena.failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

enum jangle_result
jn_due_read(struct jn_due *due, jangle_time at, size_t broken, struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(due->subscription)->store;
    enum jangle_result result = JANGLE_OK, memory;
    size_t skip = due->skip;

    for (size_t limit = JN_DUE_LIMIT + broken; !result && !due->sagas.count; limit *= 4) {
        due->seen = 0;
        due->skip = skip;
        result = store->ops->read_due_sagas(store, at, limit, collect, due, error);
        if (due->seen < limit)
            break;
    }
    memory = jn_arena_check(&due->arena, error);
    return memory ? memory : result;
}
