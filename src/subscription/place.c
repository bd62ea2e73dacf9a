/* place.c - where a subscriber stands, by what is stored: found, or refused. */
#include "subscription/subscription.h"

#include <stdio.h>

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

enum jangle_result jn_place_event_id(struct jangle *jangle,
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

static const char *store_name(const struct jangle *jangle)
{
    const char *location = jangle->config.storage.location;

    return location ? location : "the store";
}

/* Is the event at `position` the one that was seen there? INVALID says why not: first
 * what it means, for a reason is cut at its end, where paths may be. */
static enum jangle_result check_event(const struct jn_subscription *subscription,
                                      int64_t position,
                                      const unsigned char event_id[JANGLE_ID_SIZE],
                                      const char *what,
                                      struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    unsigned char stored[JANGLE_ID_SIZE];
    struct jangle_error ignored = {0};
    enum jangle_result result = jn_place_event_id(jangle, position, stored, &ignored);

    if (result && result != JANGLE_NOT_FOUND)
        return jn_fail(error, result, "%s", ignored.message);
    if (result)
        return jn_fail(error, JANGLE_INVALID,
                       "the store lacks event %lld, which was seen: it was restored from "
                       "an older backup, or is another store: %s, seen by %s",
                       (long long)position, store_name(jangle), what);
    if (memcmp(stored, event_id, JANGLE_ID_SIZE) != 0)
        return jn_fail(error, JANGLE_INVALID,
                       "the store has another event %lld than was seen: it was restored "
                       "from an older backup, or is another store: %s, seen by %s",
                       (long long)position, store_name(jangle), what);
    return JANGLE_OK;
}

/* ---- views ------------------------------------------------------------------- */

/* Must the view be built anew? INVALID says why. */
static enum jangle_result check_view(const struct jn_subscription *subscription,
                                     const struct jangle_view_place *place,
                                     struct jangle_error *error)
{
    struct jangle_view_spec spec;
    char what[120];

    jn_place_describe(subscription, &spec);
    jn_text_format(what, sizeof what, "the view \"%s\" (%s)", JN_SHOWN(44, spec.name),
                   spec.file ? JN_SHOWN(64, spec.file) : "in its own file");
    if (memcmp(place->store_id, spec.store_id, sizeof spec.store_id) != 0)
        return jn_fail(error, JANGLE_INVALID,
                       "it was made from another store: if this is the right one, replay "
                       "%s; the store is %s",
                       what, store_name(jn_jangle_of(subscription)));
    if (place->schema_version != spec.schema_version)
        return jn_fail(error, JANGLE_INVALID,
                       "it has version %d of its schema, not %d: replay %s",
                       place->schema_version, spec.schema_version, what);
    if (memcmp(place->types_hash, spec.types_hash, sizeof spec.types_hash) != 0)
        return jn_fail(error, JANGLE_INVALID,
                       "it was made of other types of events: replay %s", what);
    return check_event(subscription, place->position, place->event_id, what, error);
}

/* A view that begins later than at the first event is put there once: when it is empty.
 * The store's mark may be that of a time when it was no view, and tells nothing more. */
static enum jangle_result move_to_start(const struct jn_subscription *subscription,
                                        struct jangle_view_place *place,
                                        struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    struct jangle_view_file *file = subscription->file;
    struct jangle_mark mark = {0};
    struct jangle_view *view;
    const struct jangle_subscriber *subscriber = jn_subscriber_of(subscription);
    const char *name = subscriber->name;
    enum jangle_result result;

    if (subscriber->start != JANGLE_FROM_NOW || place->position)
        return JANGLE_OK;
    result = store->ops->find_mark(store, name, &mark, error);
    if (result || !mark.position)
        return result;
    mark.subscriber = name;
    mark.from = place->position;
    mark.parked = NULL;
    mark.parked_count = 0;
    result = file->ops->begin(file, &view, error);
    if (!result)
        result = file->ops->commit(file, &mark, false, error);
    file->ops->roll_back(file);
    place->position = mark.position;
    memcpy(place->event_id, mark.event_id, sizeof place->event_id);
    return result;
}

/* ---- reading it -------------------------------------------------------------- */

/* A subscription as it is being read: it takes the old one's place at the end. */
struct reading {
    struct jn_subscription *subscription;
    struct jn_parked_set parked;
    struct jn_halt halt;
    char failure[JN_REASON_SIZE]; /* of a parked key */
    int64_t position;
    unsigned char event_id[JANGLE_ID_SIZE];
};

/* A date becomes a time to wait: never longer than it was put off for, because clocks are
 * set back. */
static int64_t due_us(const struct reading *reading, const struct jangle_parked *parked)
{
    const struct jn_host *host = &jn_jangle_of(reading->subscription)->host;
    int64_t longest_us = parked->delay_ms * 1000;
    int64_t left_us = parked->next_at.us - jn_host_now(host).us;

    if (left_us < 0)
        left_us = 0;
    return jn_host_monotonic_us(host) + (left_us < longest_us ? left_us : longest_us);
}

static enum jangle_result visit_parked(void *context, const struct jangle_parked *parked)
{
    struct reading *reading = context;
    struct jn_row row = {
        .kind = parked->kind,
        .key = parked->key,
        .position = parked->position,
        .attempts = parked->attempts,
        .trying = parked->trying,
        .due_us = due_us(reading, parked),
        .next_at = parked->next_at,
        .delay_ms = parked->delay_ms,
        .dead = parked->dead,
    };

    jn_reason_set(row.reason, "%s", parked->error ? parked->error : "");
    memcpy(reading->failure, row.reason, sizeof row.reason);
    jn_crash_guard_read(reading->subscription, &row);
    return jn_parked_put(&reading->parked, &row, true);
}

static void read_halt(struct reading *reading,
                      enum jangle_suspension suspended_for,
                      jangle_time suspended_at,
                      const char *reason)
{
    if (suspended_for == JANGLE_SUSPENDED_NOT)
        return;
    reading->halt =
        (struct jn_halt){.kind = JN_OUTAGE, .since = suspended_at, .attempts = 1};
    jn_reason_set(reading->halt.reason, "%s", reason);
}

enum jangle_result jn_place_visit_parked(struct jn_subscription *subscription,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    struct jangle_view_file *file;
    jangle_time all = {0};
    struct jangle_error why = {0};
    enum jangle_result result = jn_place_follow(subscription, &why);

    if (result)
        return result == JANGLE_BUSY ? JANGLE_OK
                                     : jn_fail(error, result, "%s", why.message);
    file = subscription->file;
    if (file)
        return file->ops->read_parked(file, all, INT32_MAX, visit, context, error);
    return store->ops->read_parked(store, jn_subscriber_of(subscription)->name, all,
                                   INT32_MAX, visit, context, error);
}

static enum jangle_result read_view(struct reading *reading, struct jangle_error *error)
{
    struct jn_subscription *subscription = reading->subscription;
    struct jangle_view_file *file = subscription->file;
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_view_place place = {0};
    struct jangle_error stale = {0};
    enum jangle_result result = file->ops->place(file, &place, error);

    if (result)
        return result;
    read_halt(reading, place.suspended_for, place.suspended_at, place.reason);
    result = check_view(subscription, &place, &stale);
    if (!result && !subscription->replaying)
        result = move_to_start(subscription, &place, &stale);
    if (result && result != JANGLE_INVALID)
        return jn_fail(error, result, "%s", stale.message);
    if (result) {
        reading->halt = (struct jn_halt){.kind = JN_STALE};
        reading->halt.since = jn_host_now(&jangle->host);
        jn_reason_set(reading->halt.reason, "%s", stale.message);
        JN_LOG(&jangle->log, VIEW_STALE,
               JN_PAIRS(JN_TEXT("subscriber", jn_subscriber_of(subscription)->name)),
               "%s", stale.message);
    }
    reading->position = place.position;
    memcpy(reading->event_id, place.event_id, sizeof place.event_id);
    return JANGLE_OK;
}

static enum jangle_result read_mark(struct reading *reading, struct jangle_error *error)
{
    const struct jn_subscription *subscription = reading->subscription;
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    const char *name = jn_subscriber_of(subscription)->name;
    struct jangle_mark mark = {0};
    char what[80];
    enum jangle_result result = store->ops->find_mark(store, name, &mark, error);

    if (result)
        return result;
    read_halt(reading, mark.suspended_for, mark.suspended_at, mark.reason);
    reading->position = mark.position;
    memcpy(reading->event_id, mark.event_id, sizeof mark.event_id);
    jn_text_format(what, sizeof what, "the subscriber \"%s\"", JN_SHOWN(60, name));
    return check_event(subscription, mark.position, mark.event_id, what, error);
}

/* Under the mutex. */
static void take(struct reading *reading)
{
    struct jn_subscription *subscription = reading->subscription;

    jn_ahead_forget(subscription);
    jn_parked_finish(&subscription->parked);
    subscription->parked = reading->parked;
    reading->halt.change = subscription->halt.change + 1;
    subscription->halt = reading->halt;
    subscription->halt_stored = reading->halt.change;
    memcpy(subscription->last_failure, reading->failure, sizeof reading->failure);
    subscription->position = subscription->stored = reading->position;
    memcpy(subscription->event_id, reading->event_id, sizeof reading->event_id);
    subscription->reread = false;
    subscription->mark_due_us = subscription->stalled_until_us = 0;
    subscription->stalls = subscription->streak_keys = 0;
    subscription->streak++;
    jn_cond_broadcast(&subscription->dispatch->changed);
}

enum jangle_result jn_place_read(struct jn_subscription *subscription,
                                 struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct reading reading = {.subscription = subscription};
    enum jangle_result result;

    jn_parked_init(&reading.parked, &dispatch->jangle->host.host.allocator,
                   !subscription->file);
    result = jn_place_visit_parked(subscription, visit_parked, &reading, error);
    if (result == JANGLE_NO_MEMORY)
        jn_fail(error, result, "out of memory for the parked keys of \"%s\"",
                jn_subscriber_of(subscription)->name);
    if (!result)
        result =
            subscription->file ? read_view(&reading, error) : read_mark(&reading, error);
    if (result) {
        jn_parked_finish(&reading.parked);
        return result;
    }
    jn_mutex_lock(&dispatch->mutex);
    take(&reading);
    jn_mutex_unlock(&dispatch->mutex);
    return JANGLE_OK;
}

enum jangle_result jn_place_reread(struct jn_subscription *subscription,
                                   struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct jangle_store *store = dispatch->jangle->store;
    struct jangle_mark mark = {0};
    bool ours;
    enum jangle_result result;

    if (subscription->file)
        return jn_place_read(subscription, error);
    result =
        store->ops->find_mark(store, jn_subscriber_of(subscription)->name, &mark, error);
    if (result)
        return result;
    jn_mutex_lock(&dispatch->mutex);
    ours = mark.position == subscription->marked || mark.position == subscription->stored;
    if (ours) {
        subscription->stored = mark.position;
        subscription->halt_stored = -1; /* perhaps; it is stored once more */
        subscription->reread = false;
    }
    jn_mutex_unlock(&dispatch->mutex);
    return ours ? JANGLE_OK : jn_place_read(subscription, error);
}

/* What has not begun yet is at 0. */
enum jangle_result jn_place_stored(struct jn_subscription *subscription,
                                   struct jangle_mark *mark,
                                   struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    const char *name = jn_subscriber_of(subscription)->name;
    struct jangle_view_place place = {0};
    struct jangle_error why = {0};
    enum jangle_result result = jn_place_follow(subscription, &why);

    *mark = (struct jangle_mark){.subscriber = name};
    if (result == JANGLE_BUSY)
        return JANGLE_OK;
    if (!result && !subscription->file)
        result = store->ops->find_mark(store, name, mark, &why);
    else if (!result)
        result = subscription->file->ops->place(subscription->file, &place, &why);
    if (result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    if (subscription->file) {
        mark->position = place.position;
        mark->suspended_for = place.suspended_for;
        mark->suspended_at = place.suspended_at;
        memcpy(mark->reason, place.reason, sizeof mark->reason);
    }
    return jn_fail(error, result, "%s", why.message);
}

enum jangle_result jn_place_position(struct jn_subscription *subscription,
                                     int64_t *position,
                                     struct jangle_error *error)
{
    struct jangle_mark mark;
    enum jangle_result result = jn_place_stored(subscription, &mark, error);

    *position = mark.position;
    return result;
}
