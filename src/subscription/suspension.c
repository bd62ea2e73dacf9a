/* suspension.c - subscriptions that are suspended, because all their events fail or the
 * next one is too new; and subscriptions that are stalled, because their store fails. */
#include "subscription/suspension.h"

#include "subscription/completed.h"
#include "subscription/move.h"

enum { STALL_FIRST_MS = 10, STALL_LIMIT_MS = 5000 };

void jn_suspension_to_checkpoint(struct jangle_checkpoint *checkpoint,
                                 const struct jn_suspension *suspension)
{
    if (suspension->kind != JN_OUTAGE) /* the others are found again at every open */
        return;
    checkpoint->suspended_for = JANGLE_SUSPENDED_OUTAGE;
    checkpoint->suspended_at = suspension->since;
    memcpy(checkpoint->reason, suspension->reason, sizeof checkpoint->reason);
}

struct jn_suspension
jn_suspension_of_checkpoint(const struct jangle_checkpoint *checkpoint, bool stale)
{
    struct jn_suspension suspension = {.since = checkpoint->suspended_at};

    if (stale)
        suspension.kind = JN_STALE;
    else if (checkpoint->suspended_for == JANGLE_SUSPENDED_OUTAGE)
        suspension.kind = JN_OUTAGE;
    suspension.attempts = suspension.kind == JN_OUTAGE; /* the one that began it */
    jn_text_show(suspension.reason, sizeof suspension.reason, checkpoint->reason);
    return suspension;
}

void jn_suspension_streak(char reason[JN_REASON_SIZE], const char *last)
{
    jn_text_format(reason, JN_REASON_SIZE, "%d keys failed in a row; the last: %s",
                   JN_STREAK_LIMIT, last);
}

/* Store that it is suspended, or no longer: for a view at once in its file, for others
 * with the next checkpoint. If that fails, only the memory knows; after a crash the
 * outage is noticed again, after JN_STREAK_LIMIT more failures. */
static void store_suspension(struct jn_subscription *subscription)
{
    struct jangle_error error = {0};

    if (jn_move_park_row(subscription, NULL, &error))
        JN_LOG_STORE(&jn_jangle_of(subscription)->log, error.result,
                     JN_PAIRS(JN_TEXT("subscriber", jn_name_of(subscription))),
                     "whether it is suspended could not be stored: %s", error.message);
}

void jn_subscription_suspend(struct jn_subscription *subscription,
                             enum jn_suspension_kind kind,
                             const char *reason)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jn_suspension *suspension = &subscription->suspension;
    bool new = suspension->kind != kind;
    int64_t delay_ms;

    jn_subscription_lock(subscription);
    if (!suspension->kind) /* else it is suspended since that date, whatever for */
        suspension->since = jn_host_now(&jangle->host);
    /* Only an outage is stored, so only its begin and its end need storing. */
    suspension->change += new && (kind == JN_OUTAGE || suspension->kind == JN_OUTAGE);
    suspension->kind = kind;
    suspension->attempts = new ? 1 : suspension->attempts + 1;
    delay_ms =
        jn_host_backoff_ms(&jangle->host, &subscription->retry, suspension->attempts);
    suspension->due_us = jn_dispatch_now_us(subscription->dispatch) + delay_ms * 1000;
    if (reason != suspension->reason)
        jn_text_show(suspension->reason, sizeof suspension->reason, reason);
    jn_completed_forget_failures(subscription);
    jn_dispatch_tell_change(subscription->dispatch);
    jn_subscription_unlock(subscription);
    if (!new)
        return;
    JN_LOG(&jangle->log, SUBSCRIBER_SUSPENDED,
           JN_PAIRS(JN_TEXT("subscriber", jn_name_of(subscription)),
                    JN_NUMBER("position", subscription->position)),
           "%s is suspended: %s", jn_name_of(subscription), reason);
    if (kind == JN_OUTAGE)
        store_suspension(subscription);
}

void jn_subscription_resume(struct jn_subscription *subscription)
{
    jn_subscription_lock(subscription);
    subscription->suspension =
        (struct jn_suspension){.change = subscription->suspension.change + 1};
    subscription->streak++;
    subscription->streak_keys = 0;
    jn_dispatch_tell_change(subscription->dispatch);
    jn_subscription_unlock(subscription);
    store_suspension(subscription);
    JN_LOG(&jn_jangle_of(subscription)->log, SUBSCRIBER_RESUMED,
           JN_PAIRS(JN_TEXT("subscriber", jn_name_of(subscription))), "%s goes on",
           jn_name_of(subscription));
}

void jn_subscription_hurry(struct jn_subscription *subscription)
{
    jn_subscription_lock(subscription);
    subscription->suspension.due_us = jn_dispatch_now_us(subscription->dispatch);
    jn_dispatch_signal_work(subscription->dispatch);
    jn_subscription_unlock(subscription);
}

void jn_subscription_stand_before(struct jn_subscription *subscription,
                                  const struct jangle_record *record)
{
    struct jn_suspension *suspension = &subscription->suspension;

    jn_subscription_lock(subscription);
    if (suspension->before.position != record->position)
        suspension->before.tries = 0;
    suspension->before.position = record->position;
    suspension->before.tries++;
    jn_text_copy(suspension->before.type, sizeof suspension->before.type, record->type);
    jn_subscription_unlock(subscription);
}

bool jn_subscription_has_room(const struct jn_subscription *subscription, size_t more)
{
    int64_t parked;

    jn_subscription_lock(subscription);
    parked = subscription->parked.waiting + subscription->parked.dead;
    jn_subscription_unlock(subscription);
    return parked + (int64_t)more < jn_jangle_of(subscription)->config.parked_limit;
}

enum jangle_result jn_subscription_stall(struct jn_subscription *subscription,
                                         const struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_retry policy = {.first_delay_ms = STALL_FIRST_MS,
                                  .max_delay_ms = STALL_LIMIT_MS};
    int64_t delay_ms;

    jn_subscription_lock(subscription);
    delay_ms = jn_host_backoff_ms(&jangle->host, &policy, ++subscription->stalls);
    subscription->stalled_until_us =
        jn_dispatch_now_us(subscription->dispatch) + delay_ms * 1000;
    jn_text_show(subscription->last_failure, sizeof subscription->last_failure,
                 error->message);
    jn_subscription_unlock(subscription);
    JN_LOG_STORE(&jangle->log, error->result,
                 JN_PAIRS(JN_TEXT("subscriber", jn_name_of(subscription)),
                          JN_NUMBER("position", subscription->position)),
                 "%s waits at %lld: %s", jn_name_of(subscription),
                 (long long)subscription->position, error->message);
    return error->result;
}
