/* deliver.c - one event is delivered to one handler. */

#include "dispatch/deliver.h"

#include "base/pair.h"
#include "message/describe.h"
#include "message/event.h"

/* What the handler's result means for the subscription. A failure of jangle or its store
 * goes before what the handler has asked for, because the handler may have failed only
 * for that. */
static enum jn_outcome outcome_of(enum jangle_result result,
                                  const struct jn_delivery *delivery)
{
    if (!result)
        return JN_DONE;
    if (jangle_result_is(result, JANGLE_RESULT_OURS))
        return JN_OURS;
    if (delivery->cannot)
        return JN_CANNOT;
    return delivery->refused ? JN_REFUSED : JN_FAILED;
}

enum jangle_result jn_call_handler(struct jn_delivery *delivery)
{
    const struct jn_subscription *subscription = delivery->subscription;
    struct jangle *jangle = jn_jangle_of(subscription);
    enum jangle_result result = JANGLE_OK;

    delivery->base = (struct jangle_delivery){
        .context = subscription->subscriber->context,
        .program = jangle->config.context,
        .jangle = jangle,
        .view = delivery->view,
        .key =
            jn_pair_make(delivery->arena, jn_name_of(subscription), delivery->event.id),
        .attempt = delivery->attempt,
        .replaying = delivery->replaying,
        .at = jn_host_now(&jangle->host),
    };
    result = jn_arena_check(delivery->arena, &delivery->report.error);
    if (!result)
        result = delivery->handler->handle(&delivery->base, &delivery->event);
    /* A handler that goes on after a failure, or ignores one, has failed all the same. */
    if (delivery->failed_with)
        result = delivery->failed_with;
    if (delivery->arena->failed)
        result = JANGLE_NO_MEMORY;
    return result;
}

/* A record that cannot be decoded stays so: no other attempt of this program
 * can succeed. The event page has the record until the run ends, so the event need not
 * copy it. */
static enum jangle_result read_and_call(struct jn_delivery *delivery)
{
    const struct jn_kind *kind = delivery->subscription->kind;
    struct jangle *jangle = jn_jangle_of(delivery->subscription);
    enum jangle_result result = JANGLE_OK;

    if (!kind->reads_records)
        result = jn_event_read_kept(&delivery->event, delivery->arena, delivery->record,
                                    delivery->handler->event, &jangle->limits,
                                    &delivery->report.error);
    delivery->cannot = result != JANGLE_OK;
    return result ? result : kind->deliver(delivery);
}

void jn_deliver(struct jn_delivery *delivery)
{
    struct jangle *jangle = jn_jangle_of(delivery->subscription);
    struct jn_report *report = &delivery->report;
    enum jangle_result result;

    *report = (struct jn_report){.retry_in_ms = JN_BY_POLICY};
    jn_arena_reset(delivery->arena);
    JN_FAILPOINT("delivery.before_handler");
    result = read_and_call(delivery);
    JN_FAILPOINT("delivery.after_handler");
    jn_fail(&report->error, result, "the handler of %s returned %s%s",
            jn_type_name(delivery->handler->event), JN_RESULT_SHOWN(result),
            result != JANGLE_INVALID ? ""
            : delivery->view ? " (was a jangle_view_ function given NULL, and not "
                               "delivery->view?)"
                             : " (it is no view: delivery->view is NULL)");
    report->outcome = outcome_of(result, delivery);
    if (result)
        report->error.result = result;
    else
        jn_error_clear(&report->error);
    if (result != JANGLE_RETRY)
        report->retry_in_ms = JN_BY_POLICY;
    if (!result && !delivery->replaying)
        JN_LOG(&jangle->log, EVENT_DELIVERED,
               JN_PAIRS(JN_TEXT("subscriber", jn_name_of(delivery->subscription)),
                        JN_TEXT("type", delivery->record->type),
                        JN_NUMBER("position", delivery->record->position),
                        JN_NUMBER("attempt", delivery->attempt)),
               "%s handled event %lld", jn_name_of(delivery->subscription),
               (long long)delivery->record->position);
}

enum jangle_result jn_deliver_singly(struct jn_delivery *delivery,
                                     struct jangle_error *error)
{
    struct jn_subscription *subscription = delivery->subscription;
    enum jangle_result result;

    delivery->file = subscription->file;
    delivery->in_savepoint = true;
    result = jn_subscription_begin(subscription, &delivery->view, error);
    if (result)
        return result;
    jn_deliver(delivery);
    if (!delivery->report.broken)
        return JANGLE_OK;
    /* The savepoint is gone with the transaction. The caller needs one for its move. */
    jn_subscription_roll_back(subscription);
    return jn_subscription_begin(subscription, &delivery->view, error);
}
