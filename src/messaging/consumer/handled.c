/* handled.c - what becomes of a received message when its handlers have returned, or were
 * not called. */
#include "messaging/consumer/handled.h"

static void report_failure(const struct jn_reader *reader,
                           const struct jn_incoming *incoming)
{
    const struct jn_called *called = incoming->called;
    const char *name = reader->consumer->name;

    JN_LOG(&reader->endpoint->jangle->log, RECEIVED_FAILED,
           JN_PAIRS(JN_TEXT("consumer", name), JN_TEXT("type", incoming->contents.type),
                    JN_TEXT("id", incoming->contents.id),
                    JN_NUMBER("attempts", called->attempts)),
           "%s: a message was not handled: %s", name, called->error.message);
}

static void report_elsewhere(const struct jn_reader *reader,
                             const struct jn_incoming *incoming)
{
    const char *name = reader->consumer->name;

    JN_LOG(&reader->endpoint->jangle->log, RECEIVED_ELSEWHERE,
           JN_PAIRS(JN_TEXT("consumer", name), JN_TEXT("type", incoming->contents.type),
                    JN_TEXT("id", incoming->contents.id)),
           "%s: another program %s the message", name,
           incoming->state == JN_IN_KNOWN ? "has handled" : "is handling");
}

/* A handler may have failed with any result. To whoever brought the message it is one of
 * two things: a failure of jangle or its store, or a reason to come again. */
static void leave_to_broker(struct jn_incoming *incoming)
{
    const struct jn_called *called = incoming->called;

    incoming->state = called->dead ? JN_IN_DEAD : JN_IN_AGAIN;
    incoming->refused = true;
    incoming->attempts = called->attempts;
    incoming->delay_ms = called->delay_ms;
    incoming->error = called->error;
    if (called->outcome != JN_OURS)
        incoming->error.result = called->dead ? JANGLE_REJECTED : JANGLE_RETRY;
}

/* What another program has handled is known. What it is at comes again when its lease may
 * have run out. */
static void leave_to_others(const struct jn_reader *reader, struct jn_incoming *incoming)
{
    if (incoming->called->outcome == JN_DONE)
        incoming->state = JN_IN_KNOWN;
    else
        leave_to_broker(incoming);
    report_elsewhere(reader, incoming);
}

enum jangle_result jn_handled_take_back(const struct jn_reader *reader,
                                        struct jn_incoming *incoming,
                                        struct jangle_error *unclaimed,
                                        struct jangle_error *error)
{
    const struct jn_called *called = incoming->called;
    struct jn_endpoint *endpoint = reader->endpoint;

    incoming->begun = false;
    if (called->is_unclaimed) {
        jn_fail_as(unclaimed, &called->trouble);
        return JANGLE_OK;
    }
    if (called->trouble.result)
        return jn_fail_as(error, &called->trouble);
    if (called->is_elsewhere) {
        leave_to_others(reader, incoming);
        return JANGLE_OK;
    }
    incoming->handled = called->outcome == JN_DONE;
    JN_ENDPOINT_COUNT(endpoint, handled, incoming->handled);
    if (incoming->handled)
        return JANGLE_OK;
    JN_ENDPOINT_COUNT(endpoint, failed, called->outcome != JN_OURS);
    leave_to_broker(incoming);
    if (incoming->state == JN_IN_AGAIN)
        report_failure(reader, incoming);
    return JANGLE_OK;
}
