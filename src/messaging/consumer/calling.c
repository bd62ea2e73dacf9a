/* calling.c - the handlers of one received message are called, in one attempt. All of
 * them are called, and if one has failed, all of them will be called again. */
#include "messaging/consumer/calling.h"

#include "base/ids.h"
#include "command/command.h"
#include "command/post.h"
#include "dispatch/delivery.h"
#include "message/describe.h"

#include <stdio.h>

/* One call of one function. */
struct receipt_call {
    struct jn_delivery
        delivery; /* first: what it sends comes back with a pointer to it */
    struct jn_incoming *incoming;
    struct jangle *jangle;
    const char *consumer; /* its name */
    size_t index;         /* of the function, among those of the message */
};

/* ---- what it posts and sends ---------------------------------------------- */

static enum jangle_result post(struct receipt_call *call,
                               struct jangle_outcome *outcome,
                               const struct jangle_envelope *envelope,
                               const struct jangle_message *type,
                               const void *data)
{
    struct jn_called *called = call->incoming->called;
    struct jangle_record record;
    enum jangle_result result =
        jn_post_write(call->jangle, &called->arena, outcome, envelope,
                      call->delivery.publisher, type, data, &record);

    if (!result &&
        !jangle_list_add_(&called->arena, &called->posts, sizeof record, &record))
        result = jn_fail(&outcome->error, JANGLE_NO_MEMORY, "out of memory");
    return result;
}

/* What is posted is stored when the message is remembered. A command is sent at once,
 * under an id that is the same at each attempt. */
static enum jangle_result take_sent(struct jn_delivery *delivery,
                                    const struct jangle_message *type,
                                    const void *data)
{
    struct receipt_call *call = (struct receipt_call *)delivery;
    struct jangle_outcome made = {0}; /* `data` may point into the old outcome */
    struct jangle_envelope envelope = {.origin = delivery->event.origin};
    unsigned char bytes[JANGLE_ID_SIZE];
    char number[48], id[JN_ID_TEXT_SIZE];
    enum jangle_result result;

    snprintf(number, sizeof number, "%zu/%d", call->index, ++delivery->sent);
    jn_id_derive(bytes, (const char *const[]){call->incoming->id, number, NULL});
    jn_id_to_text(bytes, id);
    envelope.command_id = id;
    envelope.origin.causation_id = delivery->event.id;
    result = delivery->publisher
                 ? post(call, &made, &envelope, type, data)
                 : jn_send(call->jangle, &made, &envelope, type, data,
                           &(const struct jn_sender){.name = call->consumer});
    delivery->base.outcome = made;
    if (jangle_result_final(result))
        return result;
    return jangle_delivery_fail(&delivery->base, result, "%s: %s", jn_type_name(type),
                                made.error.message);
}

/* ---- one function --------------------------------------------------------- */

static enum jn_outcome outcome_of(const struct jn_delivery *delivery,
                                  enum jangle_result result)
{
    if (!result)
        return JN_DONE;
    if (jangle_result_is(result, JANGLE_RESULT_OURS))
        return JN_OURS;
    return delivery->refused ? JN_REFUSED : JN_FAILED;
}

static enum jangle_result enter_handler(struct receipt_call *call,
                                        const struct jn_call *row)
{
    struct jn_delivery *delivery = &call->delivery;
    struct jn_inside inside = {.receives = true};
    enum jangle_result result;

    jn_inside_enter(&call->jangle->insides, &inside);
    result = row->route->handle(&delivery->base, &delivery->event);
    jn_inside_leave(&call->jangle->insides, &inside);
    /* A handler that goes on after a failure, or ignores one, has failed all the same. */
    if (delivery->failed_with)
        result = delivery->failed_with;
    return delivery->arena->failed ? JANGLE_NO_MEMORY : result;
}

static struct jn_report
call_function(struct receipt_call *call, const struct jn_call *row, int attempt)
{
    struct jn_delivery *delivery = &call->delivery;
    struct jn_report *report = &delivery->report;
    enum jangle_result result;

    *delivery = (struct jn_delivery){
        .base = {.program = call->jangle->config.context,
                 .jangle = call->jangle,
                 .key = call->incoming->id,
                 .attempt = attempt,
                 .at = jn_host_now(&call->jangle->host)},
        .arena = &call->incoming->called->arena,
        .attempt = attempt,
        .event = call->incoming->event,
        .take_sent = take_sent,
        .report = {.retry_in_ms = JN_BY_POLICY},
    };
    delivery->event.type = row->type;
    delivery->event.data = row->data;
    delivery->event.arena = delivery->arena;
    result = enter_handler(call, row);
    jn_fail(&report->error, result, "the handler of %s returned %s",
            jn_type_name(row->type), JN_RESULT_SHOWN(result));
    report->error.result = result;
    report->outcome = outcome_of(delivery, result);
    if (result != JANGLE_RETRY)
        report->retry_in_ms = JN_BY_POLICY;
    return *report;
}

/* ---- all of them ---------------------------------------------------------- */

/* A refusal decides about the message, whatever the other functions say; a failure that
 * counts does before one that does not. */
static bool is_worse(const struct jn_report *one, const struct jn_report *than)
{
    static const int ranks[] = {
        [JN_DONE] = 0, [JN_OURS] = 1, [JN_FAILED] = 2, [JN_CANNOT] = 3, [JN_REFUSED] = 3};

    return ranks[one->outcome] > ranks[than->outcome];
}

static struct jn_report
call_all(const struct jn_reader *reader, struct jn_incoming *incoming, int attempt)
{
    struct jn_report worst = {.outcome = JN_DONE};

    JN_FAILPOINT("consumer.before_handlers");
    for (size_t i = 0; i < incoming->calls.count; i++) {
        struct receipt_call call = {.incoming = incoming,
                                    .jangle = reader->endpoint->jangle,
                                    .consumer = reader->consumer->name,
                                    .index = i};
        struct jn_report report =
            call_function(&call, &incoming->calls.items[i], attempt);

        if (is_worse(&report, &worst))
            worst = report;
    }
    JN_FAILPOINT("consumer.after_handlers");
    return worst;
}

/* jangle_close cuts handlers short: then the message comes again at once. */
static int64_t delay_of(const struct jn_attempts *attempts,
                        const struct jn_handle_attempt *attempt,
                        const struct jn_report *report)
{
    struct jangle *jangle = attempts->jangle;
    int made = attempt->number - (report->outcome == JN_OURS);

    if (report->error.result == JANGLE_CLOSED && atomic_load(&jangle->stopping))
        return 0;
    return jn_host_retry_ms(&jangle->host, &attempts->retry, made + attempt->postponed,
                            report->retry_in_ms);
}

static void end_attempt(struct jn_attempts *attempts,
                        struct jn_handle_attempt *attempt,
                        struct jn_called *called,
                        const struct jn_report *report)
{
    called->outcome = report->outcome;
    called->error = report->error;
    called->dead =
        report->outcome == JN_REFUSED ||
        (report->outcome == JN_FAILED && jn_attempts_is_last(attempts, attempt));
    jn_text_copy(attempt->reason, sizeof attempt->reason, report->error.message);
    jn_attempts_end(attempts, attempt, report->outcome, called->dead);
    called->attempts = attempt->number - (report->outcome == JN_OURS);
    called->delay_ms = delay_of(attempts, attempt, report);
}

/* The message is claimed, and then its functions are called. False: nobody can say
 * whether another program handles it, so that none is called. */
static bool claim_and_call(const struct jn_reader *reader,
                           struct jn_incoming *incoming,
                           int attempt,
                           struct jn_report *report)
{
    struct jn_called *called = incoming->called;
    int64_t left_ms = 0;

    switch (jn_claims_begin(reader->claims, called->claim, &left_ms, &called->trouble)) {
    case JN_CLAIM_OURS:
        called->trouble = (struct jangle_error){0};
        *report = call_all(reader, incoming, attempt);
        return true;
    case JN_CLAIM_DONE:
        called->is_elsewhere = true;
        *report = (struct jn_report){.outcome = JN_DONE};
        return true;
    case JN_CLAIM_ANOTHERS:
        called->is_elsewhere = true;
        *report = (struct jn_report){.outcome = JN_OURS, .retry_in_ms = left_ms};
        jn_fail(&report->error, JANGLE_BUSY, "another program is handling the message");
        return true;
    case JN_CLAIM_AWAY:
        break;
    }
    called->is_unclaimed = true;
    return false;
}

void jn_call_handlers(const struct jn_reader *reader,
                      struct jn_attempts *attempts,
                      struct jn_incoming *incoming)
{
    struct jn_called *called = incoming->called;
    struct jn_handle_attempt attempt = {.id = incoming->id,
                                        .counted = incoming->parcel->attempt};
    struct jn_report report = {.outcome = JN_REFUSED};

    called->trouble = (struct jangle_error){0};
    called->is_elsewhere = called->is_unclaimed = false;
    if (jn_attempts_begin(attempts, &attempt, &called->trouble))
        return;
    if (attempt.gives_up) {
        attempt.number--; /* which was the last */
        jn_fail(&report.error, JANGLE_REJECTED, "%s", attempt.reason);
    } else if (!claim_and_call(reader, incoming, attempt.number, &report)) {
        return;
    }
    end_attempt(attempts, &attempt, called, &report);
}
