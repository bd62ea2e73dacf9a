/* suspension.c - subscriptions that stand still: while all fails, before what is too new,
 * while their store fails. */
#include "subscription/suspension.h"

#include "subscription/completed.h"
#include "subscription/move.h"
#include "subscription/reason.h"

enum { STALL_FIRST_MS = 10, STALL_LIMIT_MS = 5000 };

static int64_t now_us(const struct jn_subscription *subscription)
{
    return jn_host_monotonic_us(&jn_jangle_of(subscription)->host);
}

void jn_halt_to_mark(struct jangle_mark *mark, const struct jn_halt *halt)
{
    if (halt->kind != JN_OUTAGE) /* the others are found again at every open */
        return;
    mark->suspended_for = JANGLE_SUSPENDED_OUTAGE;
    mark->suspended_at = halt->since;
    memcpy(mark->reason, halt->reason, sizeof mark->reason);
}

void jn_halt_read(struct jn_halt *halt,
                  enum jangle_suspension suspended_for,
                  jangle_time suspended_at,
                  const char *reason)
{
    if (suspended_for == JANGLE_SUSPENDED_NOT)
        return;
    *halt = (struct jn_halt){.kind = JN_OUTAGE, .since = suspended_at, .attempts = 1};
    jn_reason_set(halt->reason, "%s", reason);
}

/* Store that it is suspended, or no longer: a view in its file at once, others with their
 * next mark. If that fails it holds in memory; after a crash the outage is met again. */
static void write_down(struct jn_subscription *subscription)
{
    struct jangle_error error = {0};
    struct jangle_arena arena;
    struct jn_move move;
    enum jangle_result result;

    jn_arena_init(&arena, &jn_jangle_of(subscription)->host.host.allocator);
    result = jn_move_init(&move, subscription, &arena, 1, &error);
    if (!result)
        result = jn_subscription_begin(subscription, NULL, &error);
    move.forced = true;
    if (!result)
        result = jn_move_make(&move, subscription, &error);
    if (result)
        JN_LOG_STORE(
            &jn_jangle_of(subscription)->log, error.result,
            JN_PAIRS(JN_TEXT("subscriber", jn_subscriber_of(subscription)->name)),
            "that it is suspended could not be written down: %s", error.message);
    jn_arena_finish(&arena);
}

void jn_subscription_suspend(struct jn_subscription *subscription,
                             enum jn_halt_kind kind,
                             const char *reason)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jn_halt *halt = &subscription->halt;
    bool new = halt->kind != kind;
    int64_t delay_ms;

    jn_mutex_lock(&dispatch->mutex);
    if (!halt->kind)
        halt->since = jn_host_now(&jangle->host);
    halt->change += new && (kind == JN_OUTAGE || halt->kind == JN_OUTAGE);
    halt->kind = kind;
    halt->attempts = new ? 1 : halt->attempts + 1;
    delay_ms = jn_host_backoff_ms(&jangle->host, &subscription->retry, halt->attempts);
    halt->due_us = now_us(subscription) + delay_ms * 1000;
    if (reason != halt->reason)
        jn_reason_set(halt->reason, "%s", reason);
    jn_completed_forget_failures(subscription);
    jn_cond_broadcast(&dispatch->changed);
    jn_mutex_unlock(&dispatch->mutex);
    if (!new)
        return;
    JN_LOG(&jangle->log, SUBSCRIBER_SUSPENDED,
           JN_PAIRS(JN_TEXT("subscriber", jn_subscriber_of(subscription)->name),
                    JN_NUMBER("position", subscription->position)),
           "%s is suspended: %s", jn_subscriber_of(subscription)->name, reason);
    if (kind == JN_OUTAGE)
        write_down(subscription);
}

void jn_subscription_resume(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    subscription->halt = (struct jn_halt){.change = subscription->halt.change + 1};
    subscription->streak++;
    subscription->streak_keys = 0;
    jn_cond_broadcast(&dispatch->changed);
    jn_mutex_unlock(&dispatch->mutex);
    write_down(subscription);
    JN_LOG(&jn_jangle_of(subscription)->log, SUBSCRIBER_RESUMED,
           JN_PAIRS(JN_TEXT("subscriber", jn_subscriber_of(subscription)->name)),
           "%s goes on", jn_subscriber_of(subscription)->name);
}

void jn_subscription_hurry(struct jn_subscription *subscription)
{
    struct jn_dispatch *dispatch = subscription->dispatch;

    jn_mutex_lock(&dispatch->mutex);
    subscription->halt.due_us = now_us(subscription);
    jn_cond_signal(&dispatch->work);
    jn_mutex_unlock(&dispatch->mutex);
}

void jn_subscription_stand_before(struct jn_subscription *subscription,
                                  const struct jangle_record *record)
{
    struct jn_halt *halt = &subscription->halt;

    jn_mutex_lock(&subscription->dispatch->mutex);
    if (halt->before.position != record->position)
        halt->before.tries = 0;
    halt->before.position = record->position;
    halt->before.tries++;
    jn_text_copy(halt->before.type, sizeof halt->before.type, record->type);
    jn_mutex_unlock(&subscription->dispatch->mutex);
}

bool jn_subscription_has_room(const struct jn_subscription *subscription, size_t more)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    int64_t parked;

    jn_mutex_lock(&dispatch->mutex);
    parked = subscription->parked.waiting + subscription->parked.dead;
    jn_mutex_unlock(&dispatch->mutex);
    return parked + (int64_t)more < dispatch->jangle->config.parked_limit;
}

enum jangle_result jn_subscription_stall(struct jn_subscription *subscription,
                                         const struct jangle_error *error)
{
    struct jn_dispatch *dispatch = subscription->dispatch;
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_retry policy = {.first_delay_ms = STALL_FIRST_MS,
                                  .max_delay_ms = STALL_LIMIT_MS};
    int64_t delay_ms;

    jn_mutex_lock(&dispatch->mutex);
    delay_ms = jn_host_backoff_ms(&jangle->host, &policy, ++subscription->stalls);
    subscription->stalled_until_us = now_us(subscription) + delay_ms * 1000;
    jn_reason_set(subscription->last_failure, "%s", error->message);
    jn_mutex_unlock(&dispatch->mutex);
    JN_LOG_STORE(&jangle->log, error->result,
                 JN_PAIRS(JN_TEXT("subscriber", jn_subscriber_of(subscription)->name),
                          JN_NUMBER("position", subscription->position)),
                 "%s waits at %lld: %s", jn_subscriber_of(subscription)->name,
                 (long long)subscription->position, error->message);
    return error->result;
}
