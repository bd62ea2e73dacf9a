/* deliver.c - one event is delivered to one handler. */

#include "dispatch/deliver.h"

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

enum jangle_result jn_call_handler(const struct jn_call *call,
                                   const struct jangle_event *event,
                                   struct jn_delivery *delivery)
{
    const struct jn_subscription *subscription = call->subscription;
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_error *error = &delivery->error;
    enum jangle_result result = JANGLE_OK;

    delivery->call = call;
    delivery->event = event;
    delivery->base = (struct jangle_delivery){
        .context = jn_subscriber_of(subscription)->context,
        .program = jangle->config.context,
        .jangle = jangle,
        .view = call->view,
        .key = jangle_text(call->arena, "%s/%s", jn_name_of(subscription), event->id),
        .attempt = call->attempt,
        .replaying = call->replaying,
        .at = jn_host_now(&jangle->host),
    };
    result = jn_arena_check(call->arena, error);
    if (!result)
        result = call->handler->handle(&delivery->base, event);
    /* A handler that goes on after a failure, or ignores one, has failed all the same. */
    if (delivery->failed_with)
        result = delivery->failed_with;
    if (call->arena->failed)
        result = JANGLE_NO_MEMORY;
    return result;
}

/* A record that cannot be decoded stays so: no other attempt of this program can succeed.
 */
static enum jangle_result read_and_call(const struct jn_call *call,
                                        struct jn_delivery *delivery)
{
    struct jangle *jangle = jn_jangle_of(call->subscription);
    struct jangle_event event = {0};
    enum jangle_result result =
        jn_event_read(&event, call->arena, call->record, call->handler->event,
                      &jangle->limits, &delivery->error);

    delivery->cannot = result != JANGLE_OK;
    return result ? result : call->subscription->kind->deliver(call, &event, delivery);
}

void jn_deliver(const struct jn_call *call, struct jn_report *report)
{
    struct jangle *jangle = jn_jangle_of(call->subscription);
    struct jn_delivery delivery = {.retry_in_ms = JN_BY_POLICY};
    enum jangle_result result;

    jn_arena_reset(call->arena);
    JN_FAILPOINT("delivery.before_handler");
    result = read_and_call(call, &delivery);
    JN_FAILPOINT("delivery.after_handler");
    jn_fail(&delivery.error, result, "the handler of %s returned %s%s",
            jn_type_name(call->handler->event), JN_RESULT_SHOWN(result),
            result != JANGLE_INVALID ? ""
            : call->view ? " (was a jangle_view_ function given NULL, and not "
                           "delivery->view?)"
                         : " (it is no view: delivery->view is NULL)");
    *report = (struct jn_report){
        .outcome = outcome_of(result, &delivery),
        .retry_in_ms = result == JANGLE_RETRY ? delivery.retry_in_ms : JN_BY_POLICY,
        .broken = delivery.broken,
        .waits = delivery.waits,
    };
    if (!result && !call->replaying)
        JN_LOG(&jangle->log, EVENT_DELIVERED,
               JN_PAIRS(JN_TEXT("subscriber", jn_name_of(call->subscription)),
                        JN_TEXT("type", call->record->type),
                        JN_NUMBER("position", call->record->position),
                        JN_NUMBER("attempt", call->attempt)),
               "%s handled event %lld", jn_name_of(call->subscription),
               (long long)call->record->position);
    if (result) {
        report->error = delivery.error;
        report->error.result = result;
    }
}

enum jangle_result jn_deliver_singly(struct jn_call *call,
                                     struct jn_report *report,
                                     struct jangle_error *error)
{
    struct jn_subscription *subscription = call->subscription;
    enum jangle_result result;

    call->file = subscription->file;
    call->alone = true;
    result = jn_subscription_begin(subscription, &call->view, error);
    if (result)
        return result;
    jn_deliver(call, report);
    if (!report->broken)
        return JANGLE_OK;
    /* The savepoint is gone with the transaction. The caller needs one for its move. */
    jn_subscription_roll_back(subscription);
    return jn_subscription_begin(subscription, &call->view, error);
}
