/* checkpoint.c - a subscriber's checkpoint and parked keys, as they are stored: read,
 * refused if they are not of this store, and stored at once. */
#include "subscription/checkpoint.h"

#include "subscription/completed.h"
#include "subscription/crash_guard.h"
#include "subscription/ends.h"
#include "subscription/suspension.h"

/* ---- the log ----------------------------------------------------------------- */

struct found_id {
    int64_t position;
    unsigned char *event_id;
    bool found;
};

static enum jangle_result visit_id(void *context, const struct jangle_record *record)
{
    struct found_id *found = context;

    found->found = record->position == found->position;
    if (found->found)
        memcpy(found->event_id, record->event_id, JANGLE_ID_SIZE);
    return JANGLE_OK;
}

/* The id of the event at that position: zeroes at 0. NOT_FOUND if there is none. */
static enum jangle_result find_event_id(struct jangle *jangle,
                                        int64_t position,
                                        unsigned char event_id[JANGLE_ID_SIZE],
                                        struct jangle_error *error)
{
    struct found_id found = {.position = position, .event_id = event_id};
    enum jangle_result result;

    memset(event_id, 0, JANGLE_ID_SIZE);
    if (!position)
        return JANGLE_OK;
    result = jangle->store->ops->read_all(jangle->store, position - 1, 1, visit_id,
                                          &found, error);
    if (result || found.found)
        return result;
    return jn_fail(error, JANGLE_NOT_FOUND, "the store has no event at position %lld",
                   (long long)position);
}

const char *jn_checkpoint_store_name(const struct jangle *jangle)
{
    const char *location = jangle->config.storage.location;

    return location ? location : "the store";
}

/* The sentences begin with what it means, because a reason is cut at its end, where paths
 * may be. */
enum jangle_result jn_checkpoint_check_event(const struct jn_subscription *subscription,
                                             int64_t position,
                                             const unsigned char event_id[JANGLE_ID_SIZE],
                                             const char *what,
                                             struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    unsigned char stored[JANGLE_ID_SIZE];
    struct jangle_error ignored = {0};
    enum jangle_result result = find_event_id(jangle, position, stored, &ignored);

    if (result && result != JANGLE_NOT_FOUND)
        return jn_fail_as(error, &ignored);
    if (result)
        return jn_fail(error, JANGLE_INVALID,
                       "the store lacks event %lld, which was seen: it was restored from "
                       "an older backup, or is another store: %s, seen by %s",
                       (long long)position, jn_checkpoint_store_name(jangle), what);
    if (memcmp(stored, event_id, JANGLE_ID_SIZE) != 0)
        return jn_fail(error, JANGLE_INVALID,
                       "the store has another event %lld than was seen: it was restored "
                       "from an older backup, or is another store: %s, seen by %s",
                       (long long)position, jn_checkpoint_store_name(jangle), what);
    return JANGLE_OK;
}

/* ---- reading it -------------------------------------------------------------- */

/* What is read of a subscription: in the end it replaces what is known of it, at once. */
struct reading {
    struct jn_subscription *subscription;
    struct jangle_checkpoint checkpoint;
    bool stale; /* a view that must be replayed */
    struct jn_parked_set parked;
    char failure[JN_REASON_SIZE]; /* of a parked key */
};

/* When the key is due, by the monotonic clock. The stored date may lie far ahead because
 * the clock was set back since: so the wait is never longer than the stored delay. */
static int64_t due_us(const struct reading *reading, const struct jangle_parked *parked)
{
    const struct jn_host *host = &jn_jangle_of(reading->subscription)->host;
    int64_t longest_us = parked->delay_ms * 1000;
    int64_t left_us = parked->next_at.us - jn_host_now(host).us;

    if (left_us < 0)
        left_us = 0;
    return jn_host_monotonic_us(host) + (left_us < longest_us ? left_us : longest_us);
}

static enum jangle_result visit_parked_row(void *context,
                                           const struct jangle_parked *parked)
{
    struct reading *reading = context;
    struct jn_row row = jn_row_of_stored(parked);

    row.due_us = due_us(reading, parked);
    memcpy(reading->failure, row.reason, sizeof row.reason);
    jn_crash_guard_read(reading->subscription, &row);
    return jn_parked_put(&reading->parked, &row, true);
}

enum jangle_result jn_checkpoint_visit_parked(struct jn_subscription *subscription,
                                              jangle_parked_fn *visit,
                                              void *context,
                                              struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    jangle_time all = {0};

    if (subscription->kind->visit_parked)
        return subscription->kind->visit_parked(subscription, visit, context, error);
    return store->ops->read_parked(store, jn_name_of(subscription), all, INT32_MAX, visit,
                                   context, error);
}

static enum jangle_result read_checkpoint(struct reading *reading,
                                          struct jangle_error *error)
{
    struct jn_subscription *subscription = reading->subscription;
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    const char *name = jn_name_of(subscription);
    struct jangle_checkpoint *checkpoint = &reading->checkpoint;
    char what[80];
    enum jangle_result result;

    if (subscription->kind->read)
        return subscription->kind->read(subscription, checkpoint, &reading->stale, error);
    result = store->ops->find_checkpoint(store, name, checkpoint, error);
    if (result)
        return result;
    jn_text_format(what, sizeof what, "the subscriber \"%s\"", JN_SHOWN(60, name));
    return jn_checkpoint_check_event(subscription, checkpoint->position,
                                     checkpoint->event_id, what, error);
}

/* Under the mutex. What was completed ahead of the old checkpoint is forgotten, and ends
 * that wait: after a reset all that is to be handled again. A streak of failures ends,
 * too. */
static void take_reading(const struct reading *reading)
{
    struct jn_subscription *subscription = reading->subscription;
    const struct jangle_checkpoint *checkpoint = &reading->checkpoint;
    int64_t change = subscription->suspension.change + 1;

    jn_ends_forget(subscription);
    jn_completed_forget(subscription);
    jn_parked_finish(&subscription->parked);
    subscription->parked = reading->parked;
    subscription->suspension = jn_suspension_of_checkpoint(checkpoint, reading->stale);
    subscription->suspension.change = subscription->suspension_stored = change;
    memcpy(subscription->last_failure, reading->failure, sizeof reading->failure);
    subscription->position = subscription->stored = checkpoint->position;
    memcpy(subscription->event_id, checkpoint->event_id, sizeof checkpoint->event_id);
    subscription->ahead.position = checkpoint->position;
    memcpy(subscription->ahead.event_id, checkpoint->event_id,
           sizeof checkpoint->event_id);
    subscription->must_reload = false;
    subscription->checkpoint_due_us = subscription->stalled_until_us = 0;
    subscription->stalls = subscription->streak_keys = 0;
    subscription->streak++;
    jn_dispatch_tell_change(subscription->dispatch);
}

enum jangle_result jn_checkpoint_read(struct jn_subscription *subscription,
                                      struct jangle_error *error)
{
    struct reading reading = {.subscription = subscription};
    enum jangle_result result;

    jn_parked_init(&reading.parked, jn_allocator_of(subscription),
                   !subscription->kind->has_own_checkpoint);
    result = jn_checkpoint_visit_parked(subscription, visit_parked_row, &reading, error);
    if (result == JANGLE_NO_MEMORY)
        jn_fail(error, result, "out of memory for the parked keys of \"%s\"",
                jn_name_of(subscription));
    if (!result)
        result = read_checkpoint(&reading, error);
    if (result) {
        jn_parked_finish(&reading.parked);
        return result;
    }
    jn_subscription_lock(subscription);
    subscription->readings++;
    take_reading(&reading);
    jn_subscription_unlock(subscription);
    return JANGLE_OK;
}

enum jangle_result jn_checkpoint_reload(struct jn_subscription *subscription,
                                        struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    struct jangle_checkpoint checkpoint = {0};
    bool ours;
    enum jangle_result result;

    if (subscription->kind->has_own_checkpoint)
        return jn_checkpoint_read(subscription, error);
    result =
        store->ops->find_checkpoint(store, jn_name_of(subscription), &checkpoint, error);
    if (result)
        return result;
    jn_subscription_lock(subscription);
    ours = checkpoint.position == subscription->submitted ||
           checkpoint.position == subscription->stored;
    if (ours) {
        subscription->stored = checkpoint.position;
        subscription->suspension_stored = -1; /* unknown: so it is stored once more */
        subscription->must_reload = false;
    }
    jn_subscription_unlock(subscription);
    return ours ? JANGLE_OK : jn_checkpoint_read(subscription, error);
}

enum jangle_result jn_checkpoint_stored(struct jn_subscription *subscription,
                                        struct jangle_checkpoint *checkpoint,
                                        struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    const char *name = jn_name_of(subscription);
    struct jangle_error why = {0};
    enum jangle_result result;

    *checkpoint = (struct jangle_checkpoint){.subscriber = name};
    if (subscription->kind->look_at)
        return subscription->kind->look_at(subscription, checkpoint, error);
    result = store->ops->find_checkpoint(store, name, checkpoint, &why);
    if (result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    return jn_fail_as(error, &why);
}

enum jangle_result jn_checkpoint_position(struct jn_subscription *subscription,
                                          int64_t *position,
                                          struct jangle_error *error)
{
    struct jangle_checkpoint checkpoint;
    enum jangle_result result = jn_checkpoint_stored(subscription, &checkpoint, error);

    *position = checkpoint.position;
    return result;
}

/* ---- storing it at once ------------------------------------------------------ */

enum jangle_result jn_checkpoint_store(struct jangle *jangle,
                                       struct jangle_checkpoint *checkpoint,
                                       struct jangle_error *error)
{
    struct jangle_group group = {.checkpoints = checkpoint, .checkpoint_count = 1};
    enum jangle_result result =
        find_event_id(jangle, checkpoint->position, checkpoint->event_id, error);

    return result ? result : jangle->store->ops->commit(jangle->store, &group, error);
}

/* A row for each key that the store may have, which says that the key is released. */
static enum jangle_result release_all(const struct jn_subscription *subscription,
                                      struct jangle_arena *arena,
                                      struct jangle_checkpoint *checkpoint,
                                      struct jangle_error *error)
{
    const struct jn_map *map = &subscription->parked.map;
    struct jangle_parked *rows = jangle_alloc(arena, (map->count + 1) * sizeof *rows);
    const struct jn_parked *parked;

    if (!rows)
        return jn_arena_check(arena, error);
    checkpoint->parked = rows;
    for (size_t at = 0; (parked = jn_map_next(map, &at)); rows++) {
        *rows = jn_row_to_stored(&parked->row, checkpoint->subscriber);
        rows->released = true;
        checkpoint->parked_count++;
    }
    return JANGLE_OK;
}

enum jangle_result jn_checkpoint_set(struct jn_subscription *subscription,
                                     int64_t position,
                                     struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_checkpoint checkpoint = {
        .subscriber = jn_name_of(subscription),
        .from = subscription->stored,
        .position = position,
    };
    struct jangle_arena arena; /* of the rows */
    enum jangle_result result;

    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = release_all(subscription, &arena, &checkpoint, error);
    if (!result)
        result = jn_checkpoint_store(jangle, &checkpoint, error);
    jn_arena_finish(&arena);
    if (result || !checkpoint.error.result)
        return result;
    return jn_fail(error, checkpoint.error.result, "\"%s\" was not moved: %s",
                   checkpoint.subscriber, checkpoint.error.message);
}
