/* delivery.c - one event to one handler, and what it makes of it. */
#include "dispatch/delivery.h"

#include "dispatch/dispatch.h"
#include "message/describe.h"
#include "message/event.h"
#include "saga/saga_dispatch.h"

#include <stdio.h>

/* ---- what handlers call ------------------------------------------------------ */

static struct jn_delivery *inside(struct jangle_delivery *delivery)
{
    return (struct jn_delivery *)delivery;
}

static JANGLE_PRINTF(3, 0) enum jangle_result stick(struct jn_delivery *delivery,
                                                    enum jangle_result result,
                                                    const char *reason,
                                                    va_list values)
{
    if (delivery->stuck)
        return delivery->stuck;
    delivery->stuck = result;
    return jn_fail_values(&delivery->error, result, reason, values);
}

enum jangle_result jangle_delivery_fail(struct jangle_delivery *delivery,
                                        enum jangle_result result,
                                        const char *reason,
                                        ...)
{
    va_list values;

    if (!result)
        return inside(delivery)->stuck;
    va_start(values, reason);
    result = stick(inside(delivery), result, reason, values);
    va_end(values);
    return result;
}

enum jangle_result jangle_delivery_retry_in(struct jangle_delivery *delivery, int64_t ms)
{
    struct jn_delivery *inner = inside(delivery);

    if (inner->stuck)
        return inner->stuck;
    inner->retry_in_ms = jn_host_asked_ms(ms);
    return jangle_delivery_fail(delivery, JANGLE_RETRY,
                                "the handler asked to be called again");
}

enum jangle_result
jangle_delivery_reject(struct jangle_delivery *delivery, const char *reason, ...)
{
    struct jn_delivery *inner = inside(delivery);
    enum jangle_result result;
    va_list values;

    if (inner->stuck)
        return inner->stuck;
    inner->refused = true;
    va_start(values, reason);
    result = stick(inner, JANGLE_REJECTED, reason, values);
    va_end(values);
    return result;
}

enum jangle_result jangle_delivery_send_(struct jangle_delivery *delivery,
                                         const struct jangle_message *type,
                                         const void *data)
{
    struct jn_delivery *inner = inside(delivery);

    if (!inner->stuck && inner->call->file)
        jangle_delivery_fail(delivery, JANGLE_INVALID, "%s: a view cannot send commands",
                             jn_type_name(type));
    if (!inner->stuck)
        jn_delivery_send(inner, type, data);
    if (!inner->stuck)
        return delivery->outcome.error.result;
    delivery->outcome = (struct jangle_outcome){.error = inner->error};
    return inner->stuck;
}

/* ---- delivering -------------------------------------------------------------- */

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

static enum jangle_result call_handler(const struct jn_call *call,
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
        .key = jangle_text(call->arena, "%s/%s", jn_subscriber_of(subscription)->name,
                           event->id),
        .attempt = call->attempt,
        .replaying = call->replaying,
        .at = jn_host_now(&jangle->host),
    };
    result = jn_arena_check(call->arena, error);
    if (!result)
        result = call->handler->handle(&delivery->base, event);
    if (delivery->stuck)
        result = delivery->stuck;
    if (call->arena->failed)
        result = JANGLE_NO_MEMORY;
    return result;
}

static enum jangle_result read_and_call(const struct jn_call *call,
                                        struct jn_delivery *delivery)
{
    struct jangle *jangle = jn_jangle_of(call->subscription);
    struct jangle_view_file *file = call->file;
    struct jn_inside inside = {.subscriber = jn_subscriber_of(call->subscription),
                               .file = file,
                               .view = call->view};
    struct jangle_event event = {0};
    enum jangle_result result =
        jn_event_read(&event, call->arena, call->record, call->handler->event,
                      &jangle->limits, &delivery->error);

    delivery->cannot = result != JANGLE_OK;
    if (result)
        return result;
    if (call->subscription->saga)
        return jn_saga_deliver(call, &event, delivery);
    if (!file)
        return call_handler(call, &event, delivery);
    result = file->ops->enter(file, call->arena, call->alone, &delivery->error);
    if (result)
        return result;
    jn_inside_enter(&jangle->insides, &inside);
    JN_FAILPOINT("delivery.in_view_handler");
    result = call_handler(call, &event, delivery);
    jn_inside_leave(&jangle->insides, &inside);
    return file->ops->leave(file, result, &delivery->cannot, &delivery->error);
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
            jn_type_name(call->handler->event), jangle_result_name(result),
            result == JANGLE_INVALID && !call->file
                ? " (it is no view: delivery->view is NULL)"
                : "");
    *report = (struct jn_report){
        .outcome = outcome_of(result, &delivery),
        .retry_in_ms = result == JANGLE_RETRY ? delivery.retry_in_ms : JN_BY_POLICY,
        .broken = call->file && (result == JANGLE_STORAGE || result == JANGLE_NO_MEMORY),
        .waits = delivery.waits,
    };
    if (!result && !call->replaying)
        JN_LOG(&jangle->log, EVENT_DELIVERED,
               JN_PAIRS(JN_TEXT("subscriber", jn_subscriber_of(call->subscription)->name),
                        JN_TEXT("type", call->record->type),
                        JN_NUMBER("position", call->record->position),
                        JN_NUMBER("attempt", call->attempt)),
               "%s handled event %lld", jn_subscriber_of(call->subscription)->name,
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
    struct jangle_view_file *file = call->subscription->file;
    enum jangle_result result = JANGLE_OK;

    call->file = file;
    call->alone = true;
    if (file)
        result = file->ops->begin(file, &call->view, error);
    if (result)
        return result;
    jn_deliver(call, report);
    if (!report->broken)
        return JANGLE_OK;
    file->ops->roll_back(file);
    return file->ops->begin(file, &call->view, error);
}

enum jangle_result jn_subscription_deliver(struct jn_subscription *subscription,
                                           struct jangle_view_file *file,
                                           struct jangle_view *view,
                                           const struct jangle_record *record,
                                           bool alone,
                                           bool replaying,
                                           struct jangle_error *error)
{
    const struct jangle_handler *handler =
        jn_registry_handler(&jn_jangle_of(subscription)->registry,
                            jn_subscriber_of(subscription), record->type);
    char reason[JN_REASON_SIZE];
    struct jangle_arena arena;
    struct jn_report report;
    struct jn_call call = {
        .subscription = subscription,
        .record = record,
        .handler = handler,
        .arena = &arena,
        .file = file,
        .view = view,
        .attempt = 1,
        .alone = alone,
        .replaying = replaying,
    };

    if (!handler)
        return JANGLE_OK;
    if (jn_is_too_new(record, handler, reason))
        return jn_fail(error, JANGLE_INVALID, "%s", reason);
    jn_arena_init(&arena, &jn_jangle_of(subscription)->host.host.allocator);
    jn_deliver(&call, &report);
    jn_arena_finish(&arena);
    if (report.outcome == JN_DONE)
        return JANGLE_OK;
    return jn_fail(error, report.error.result, "event %lld: %s",
                   (long long)record->position, report.error.message);
}
