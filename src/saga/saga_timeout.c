/* saga_timeout.c - the turn of a saga whose time has come. */
#include "saga/saga_dispatch.h"

#include "core/saga_match.h"
#include "saga/saga_store.h"

#include <inttypes.h>

struct timer {
    struct jn_subscription *subscription;
    struct jangle *jangle;
    struct jn_saga saga;
    struct jangle_arena arena;
    struct jangle_error *error;
};

/* A turn that waits is closed where it stands: what it has done can be recalled. */
static enum jangle_result begin(struct timer *timer)
{
    struct jn_saga *saga = &timer->saga;
    enum jangle_result result = JANGLE_OK;

    if (saga->turn_position)
        result = jn_saga_close_waiting(saga, timer->jangle, timer->error);
    if (result)
        return result;
    saga->turn_at = jn_host_now(&timer->jangle->host);
    saga->retry_at = saga->turn_at; /* if this process dies in the middle of it */
    saga->timeout_at = (jangle_time){0};
    JN_COUNT(timer->jangle, timeouts, 1);
    JN_LOG(&timer->jangle->log, SAGA_TIMED_OUT,
           JN_PAIRS(JN_TEXT("saga", saga->type->saga->name), JN_TEXT("id", saga->id)),
           "%s/%s has timed out", saga->type->saga->name, saga->id);
    return JANGLE_OK;
}

static void tell_trouble(const struct timer *timer)
{
    const struct jn_saga *saga = &timer->saga;

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

/* It is run again later, or given up. */
static void put_off(struct timer *timer, const struct jn_turn *turn)
{
    const struct jn_host *host = &timer->jangle->host;
    const struct jangle_retry *retry = &timer->subscription->retry;
    struct jn_saga *saga = &timer->saga;
    int64_t delay_ms;

    saga->count = saga->stored;
    saga->attempts += !jangle_result_is(turn->stuck, JANGLE_RESULT_OURS);
    saga->reason = jn_arena_copy_text(saga->arena, turn->error.message);
    if (turn->unfit || (retry->max_attempts > 0 && saga->attempts >= retry->max_attempts))
        saga->status = JANGLE_SAGA_PARKED;
    delay_ms = jn_host_retry_ms(host, retry, saga->attempts ? saga->attempts : 1,
                                turn->retry_in_ms);
    saga->retry_at = jangle_time_after_ms(jn_host_now(host), delay_ms);
    saga->timeout_at =
        turn->timeout_at.us > saga->retry_at.us ? turn->timeout_at : (jangle_time){0};
    tell_trouble(timer);
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

    if (!jn_saga_find_row(subscription, key, saga->arena, &row))
        row = (struct jn_row){.key = key};
    row.first_position = row.position = saga->position;
    row.attempts = saga->attempts;
    row.dead = true;
    row.next_at = jn_host_now(host);
    jn_reason_set(row.reason, "its timeout: %s", saga->reason);
    result = jn_saga_put_row(subscription, saga->arena, &row, error);
    return result ? result : jn_marks_write(subscription, error);
}

/* ---- after a process died ---------------------------------------------------- */

static const char crashed[] = "the process ended while its timeout was dealt with";

/* It may die of the same again: then that was an attempt. */
static enum jangle_result expect_crash(struct timer *timer)
{
    const struct jn_host *host = &timer->jangle->host;
    const struct jangle_retry *retry = &timer->subscription->retry;
    struct jn_saga *saga = &timer->saga;
    int64_t delay_ms;

    if (!timer->subscription->unclean)
        return JANGLE_OK;
    saga->attempts++;
    saga->reason = crashed;
    delay_ms = jn_host_backoff_ms(host, retry, saga->attempts);
    saga->retry_at = jangle_time_after_ms(jn_host_now(host), delay_ms);
    if (saga->timeout_at.us <= saga->retry_at.us) /* or it would be due before that */
        saga->timeout_at = (jangle_time){0};
    return jn_saga_save(saga, timer->jangle, timer->error);
}

static bool crashes_always(const struct timer *timer)
{
    const struct jn_saga *saga = &timer->saga;

    return saga->reason && !strcmp(saga->reason, crashed) &&
           saga->attempts >= jn_careful_limit(timer->subscription);
}

/* ---- a turn ------------------------------------------------------------------ */

static enum jangle_result give_up(struct timer *timer)
{
    struct jn_saga *saga = &timer->saga;
    enum jangle_result result;

    saga->status = JANGLE_SAGA_PARKED;
    tell_trouble(timer);
    result = bury(timer->subscription, saga, timer->error);
    return result ? result : jn_saga_save(saga, timer->jangle, timer->error);
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
    enum jangle_result result = expect_crash(timer);

    if (result)
        return result;
    if (jn_turn_run(&turn)) {
        saga->attempts = turn.base.attempt - 1;
        put_off(timer, &turn);
    }
    if (saga->status == JANGLE_SAGA_PARKED)
        result = bury(timer->subscription, saga, timer->error);
    else if (!saga->turn_at.us) /* first: then it is stored with the record */
        result = jn_saga_wake(timer->subscription, saga->id, timer->error);
    if (!result)
        result = jn_saga_save(saga, jangle, timer->error);
    if (result || saga->turn_at.us)
        return result;
    jn_saga_tell_end(jangle, saga, false);
    return JANGLE_OK;
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

enum jangle_result jn_timeout_run(struct jn_subscription *subscription,
                                  const char *id,
                                  struct jangle_error *error)
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
            result = crashes_always(&timer) ? give_up(&timer) : run_turn(&timer);
    }
    jn_arena_finish(&timer.arena);
    return result;
}
