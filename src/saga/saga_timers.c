/* saga_timers.c - timeouts of sagas: found when they are due, and run.
 *
 * A timeout has its place in its saga's history: behind what was stored before its
 * moment. So a look notes the time first, and then the head of the log. When the
 * subscription's checkpoint has come to that head, every saga has been given what was
 * stored before that time, unless its key is parked; then the timeouts up to that time
 * may have their turns. The pair is kept until then, because a busy log would never let
 * the checkpoint reach a new head at each look. */
#include "saga/saga_timers.h"

#include "core/saga_match.h"
#include "dispatch/dispatch.h"
#include "saga/saga_due.h"
#include "saga/saga_timeout.h"
#include "subscription/move.h"

/* ---- a look at what is due --------------------------------------------------- */

struct look {
    struct jangle *jangle;
    struct jangle_arena arena; /* of one key */
    jangle_time at;
    int64_t head;
    size_t count; /* sagas that the store showed */
    size_t ours;  /* those of them that a run of this process can see to now */
};

/* The caller holds the mutex. */
static bool
note_due(struct jn_due_timeouts *timeouts, const struct look *look, int64_t now_us)
{
    if (now_us < timeouts->wait_us)
        return false;
    if (!timeouts->due) {
        timeouts->at = look->at;
        timeouts->head = look->head;
    }
    timeouts->due = true;
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
    const char *key;

    look->count++;
    if (!subscription || !subscription->saga)
        return JANGLE_OK;
    jn_arena_reset(&look->arena);
    key = jn_saga_key(&look->arena, record->id);
    jn_subscription_lock(subscription);
    if (subscription->owned)
        noted = note_due(jn_parked_find(&subscription->parked, key)
                             ? &subscription->timers.parked
                             : &subscription->timers.others,
                         look, now_us);
    jn_subscription_unlock(subscription);
    look->ours += noted;
    return JANGLE_OK;
}

/* The store shows what is due first, so sagas of other processes may be all that a short
 * look sees: then a longer one is taken. */
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

    look->ours += jn_map_find(&jangle->registry.sagas, record->saga) != NULL &&
                  record->due_at.us > look->at.us;
    return JANGLE_OK;
}

enum jangle_result
jn_timers_count(struct jangle *jangle, int64_t *future, struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    struct look look = {.jangle = jangle, .at = jn_host_now(&jangle->host)};
    jangle_time end_of_time = {INT64_MAX};
    enum jangle_result result = JANGLE_OK;

    if (jangle->registry.sagas.count)
        result = store->ops->read_due_sagas(store, end_of_time, INT32_MAX, count_future,
                                            &look, error);
    *future = (int64_t)look.ours;
    return result;
}

/* ---- timeouts that cannot have their turns ----------------------------------- */

/* A saga that cannot be read does not stop the others: log what that means, and go on. */
static enum jangle_result log_and_go_on(struct jn_subscription *subscription,
                                        enum jangle_result result,
                                        const char *meaning,
                                        struct jangle_error *error)
{
    if (!jangle_result_is(result, JANGLE_RESULT_LOCAL))
        return result;
    JN_LOG_STORE(&jn_jangle_of(subscription)->log, error->result,
                 JN_PAIRS(JN_TEXT("saga", jn_name_of(subscription))), "%s: %s", meaning,
                 error->message);
    jn_error_clear(error);
    return JANGLE_OK;
}

static enum jangle_result leave_broken(struct jn_subscription *subscription,
                                       enum jangle_result result,
                                       struct jangle_error *error)
{
    return log_and_go_on(subscription, result,
                         "a timeout cannot be run, and is tried again later", error);
}

/* All timeouts wait a little, because the one that failed will be due again at once. */
static void wait_with_due(struct jn_subscription *subscription, bool has_failed)
{
    const struct jangle *jangle = jn_jangle_of(subscription);
    struct jn_timers *timers = &subscription->timers;

    jn_subscription_lock(subscription);
    timers->failed |= has_failed;
    timers->others.wait_us =
        jn_host_monotonic_us(&jangle->host) + jangle->config.retry_interval_ms * 1000;
    jn_subscription_unlock(subscription);
}

/* A timeout whose saga cannot be read waits longer each time, and stops no other. */
static enum jangle_result put_off(struct jn_subscription *subscription,
                                  const struct jn_row *row,
                                  struct jangle_error *error)
{
    struct jn_report report = {
        .outcome = JN_OURS, .retry_in_ms = JN_BY_POLICY, .error = *error};
    struct jn_row later = *row;

    jn_row_fail(&later, subscription, &report);
    return jn_move_park_row(subscription, &later, error);
}

static enum jangle_result run_parked(struct jn_subscription *subscription,
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

/* ---- timeouts of sagas that have been given all ------------------------------ */

static bool is_run_over(const struct jn_subscription *subscription, int64_t until_us)
{
    const struct jangle *jangle = jn_jangle_of(subscription);

    return atomic_load(&jangle->stopping) ||
           subscription->suspension.kind == JN_OUTAGE || /* a run is one try then */
           jn_host_monotonic_us(&jangle->host) >= until_us;
}

/* Take what was noted as due. What a look finds from here on is noted for the
 * next run. */
static jangle_time take_due(struct jn_subscription *subscription)
{
    struct jn_timers *timers = &subscription->timers;
    jangle_time at;

    jn_subscription_lock(subscription);
    timers->others.due = timers->failed = timers->scanned = false;
    at = timers->others.at;
    jn_subscription_unlock(subscription);
    return at;
}

static void leave_due(struct jn_subscription *subscription, bool more, size_t broken)
{
    struct jn_timers *timers = &subscription->timers;

    jn_subscription_lock(subscription);
    timers->others.due |= more;
    if (!more || broken > timers->broken)
        timers->broken = broken;
    jn_subscription_unlock(subscription);
}

static enum jangle_result run_due_timeouts(struct jn_subscription *subscription,
                                           int64_t until_us,
                                           int64_t *done,
                                           struct jangle_error *error)
{
    jangle_time at = take_due(subscription);
    size_t i = 0, broken = 0;
    struct jn_due due;
    enum jangle_result result;
    bool ran, over = false;

    jn_due_init(&due, subscription, false);
    result = jn_due_read(&due, at, subscription->timers.broken, error);
    while (!result && !over && i < due.sagas.count) {
        result =
            jn_timeout_run(subscription, due.sagas.items[i++].id, at, NULL, &ran, error);
        if (jangle_result_is(result, JANGLE_RESULT_LOCAL)) {
            wait_with_due(subscription, result == JANGLE_STORAGE);
            broken++;
        }
        result = leave_broken(subscription, result, error);
        *done += 1;
        over = is_run_over(subscription, until_us);
    }
    leave_due(subscription, i < due.sagas.count, broken);
    jn_arena_finish(&due.arena);
    return result;
}

/* ---- timeouts of sagas whose events wait ------------------------------------- */

/* The next scan begins later, and later each time, because this one brought nothing. */
static void wait_with_scans(struct jn_subscription *subscription)
{
    struct jn_timers *timers = &subscription->timers;
    const struct jn_host *host = &jn_jangle_of(subscription)->host;
    int64_t wait_ms = jn_host_retry_ms(host, &subscription->retry,
                                       ++timers->scans_in_vain, JN_BY_POLICY);

    jn_subscription_lock(subscription);
    timers->parked.wait_us = jn_host_monotonic_us(host) + wait_ms * 1000;
    jn_subscription_unlock(subscription);
}

/* A scan is in vain if each of its sagas has yet to be given an event, which the retries
 * of its key do. Then the next scan begins later, and with other sagas. */
static void end_scan(struct jn_subscription *subscription, bool has_failed)
{
    struct jn_timers *timers = &subscription->timers;
    const struct jn_scan *scan = timers->scan;
    size_t vain = scan ? scan->due.sagas.count - scan->ran : 0;

    timers->scan_skip = vain < JN_DUE_LIMIT ? 0 : timers->scan_skip + vain;
    if (has_failed || (vain && !scan->ran))
        wait_with_scans(subscription);
    else
        timers->scans_in_vain = 0;
    jn_scan_finish(timers->scan);
    timers->scan = NULL;
    jn_subscription_lock(subscription);
    timers->parked.due = false;
    jn_subscription_unlock(subscription);
}

/* In an outage a run is one try. A saga that still has to wait was not tried. */
static enum jangle_result run_scanned(struct jn_subscription *subscription,
                                      int64_t until_us,
                                      struct jangle_error *error)
{
    struct jn_scan *scan = subscription->timers.scan;
    enum jangle_result result = JANGLE_OK;
    const struct jn_due_saga *waiting;
    bool ran = false;

    while (!result && (!ran || !is_run_over(subscription, until_us))) {
        waiting = jn_scan_next(scan);
        if (!waiting) {
            end_scan(subscription, false);
            break;
        }
        result =
            jn_timeout_run(subscription, waiting->id, scan->at, waiting, &ran, error);
        result = leave_broken(subscription, result, error);
        scan->ran += ran;
    }
    return result;
}

/* Events that cannot be read hold up those sagas' timeouts, and nothing else. */
static enum jangle_result give_scan_up(struct jn_subscription *subscription,
                                       enum jangle_result result,
                                       struct jangle_error *error)
{
    if (jangle_result_is(result, JANGLE_RESULT_LOCAL))
        end_scan(subscription, true);
    return log_and_go_on(
        subscription, result,
        "what parked sagas wait for cannot be read, so their timeouts wait, too", error);
}

static enum jangle_result run_scan(struct jn_subscription *subscription,
                                   int64_t until_us,
                                   struct jangle_error *error)
{
    struct jn_timers *timers = &subscription->timers;
    const struct jn_host *host = &jn_jangle_of(subscription)->host;
    enum jangle_result result = JANGLE_OK;

    timers->scanned = true;
    if (!timers->scan)
        result = jn_scan_begin(&timers->scan, subscription, error);
    if (result)
        return give_scan_up(subscription, result, error);
    if (!timers->scan) {
        end_scan(subscription, false); /* no parked saga's timeout is due any more */
        return JANGLE_OK;
    }
    while (!result && !timers->scan->is_done && jn_host_monotonic_us(host) < until_us)
        result = jn_scan_go_on(timers->scan, error);
    if (result)
        return give_scan_up(subscription, result, error);
    return timers->scan->is_done ? run_scanned(subscription, until_us, error) : result;
}

void jn_timers_close(struct jangle *jangle)
{
    struct jn_subscription *subscription = NULL;

    while (jangle->dispatch &&
           (subscription = jn_subscription_next(jangle, subscription))) {
        jn_scan_finish(subscription->timers.scan);
        subscription->timers.scan = NULL;
    }
}

/* ---- a run ------------------------------------------------------------------- */

/* Scans and the timeouts of sagas that have been given all take turns, so that neither
 * keeps the other from its own. */
enum jangle_result jn_timers_run(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 int64_t *done,
                                 struct jangle_error *error)
{
    const struct jn_timers *timers = &subscription->timers;
    const struct jn_host *host = &jn_jangle_of(subscription)->host;
    int64_t until_us = jn_host_monotonic_us(host) + JN_RUN_US;
    bool is_scan;

    if (row)
        return run_parked(subscription, row, done, error);
    jn_subscription_lock(subscription);
    is_scan = timers->parked.due && (!timers->scanned || !timers->others.due ||
                                     subscription->position < timers->others.head);
    jn_subscription_unlock(subscription);
    if (!is_scan)
        return run_due_timeouts(subscription, until_us, done, error);
    *done += 1;
    return run_scan(subscription, until_us, error);
}
