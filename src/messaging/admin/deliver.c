/* deliver.c - jangle_deliver: one parcel that came another way than through a broker. */
#include "core/call.h"
#include "core/instance.h"
#include "messaging/consumer/consumer.h"
#include "messaging/consumer/consuming.h"
#include "subscription/hold.h"

static enum jangle_result answer_of(const struct jn_incoming *incoming,
                                    const struct jangle_error *trouble,
                                    struct jangle_error *error)
{
    switch (incoming->state) {
    case JN_IN_TAKEN:
    case JN_IN_KNOWN:
    case JN_IN_IGNORED:
        return JANGLE_OK;
    case JN_IN_DEAD:
        return jn_fail(error, JANGLE_INVALID, "%s", incoming->error.message);
    case JN_IN_AGAIN:
        return jn_fail_as(error, &incoming->error);
    case JN_IN_HAND:
        break;
    }
    if (!trouble->result)
        return jn_fail(error, JANGLE_BUSY,
                       "no handler was called, because jangle is closing, or the "
                       "consumer was paused just now: bring the message again");
    return jn_fail_as(error, trouble);
}

/* The inbox of the store knows what was taken before, so several threads and processes
 * may deliver at the same time. */
static enum jangle_result deliver_parcel(struct jn_consuming *consuming,
                                         const struct jangle_parcel *parcel,
                                         struct jangle_error *error)
{
    struct jangle_error trouble = {0};
    char reason[JN_PAUSE_REASON_SIZE];
    struct jn_intake intake;
    struct jn_handling handling; /* of this thread, beside the consumer's own */
    struct jn_pause pause;
    enum jangle_result result;

    jn_pause_find(consuming->endpoint.jangle->dispatch, consuming->consumer->name,
                  &pause);
    if (pause.paused) {
        jn_pause_reason(reason, &pause);
        return jn_fail(error, JANGLE_BUSY, "\"%s\" is %s", consuming->consumer->name,
                       reason);
    }
    if (jn_handling_init(&handling, &consuming->reader, &consuming->attempts, error))
        return JANGLE_NO_MEMORY;
    jn_intake_init(&intake, &consuming->reader);
    result = jn_intake_read(&intake, parcel, 1, error);
    if (!result) {
        jn_handling_commit(&handling, &intake, &trouble);
        if (!trouble.result && handling.unclaimed.result)
            jn_fail(&trouble, JANGLE_BUSY, "%s", handling.unclaimed.message);
        result = answer_of(&intake.items[0], &trouble, error);
        jn_intake_report(&intake);
        if (intake.items[0].id)
            jn_attempts_note_settled(&consuming->attempts, intake.items[0].id);
        jn_attempts_release(&consuming->attempts);
    }
    jn_intake_finish(&intake);
    jn_handling_finish(&handling);
    return result;
}

enum jangle_result jangle_deliver(struct jangle *jangle,
                                  const char *consumer,
                                  const struct jangle_parcel *parcel,
                                  struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jn_consuming *consuming = NULL;
    enum jangle_result result = jn_check_open(jangle, &why);

    if (!result)
        result = jn_thread_check_wait(jangle, &why);
    if (!result && (!consumer || !parcel))
        result = jn_fail(&why, JANGLE_INVALID, "%s is NULL",
                         consumer ? "the parcel" : "the consumer's name");
    if (!result)
        consuming = jn_consuming_find(jangle, consumer);
    if (!result && !consuming)
        result = jn_fail(&why, JANGLE_NOT_FOUND, "no consumer is called \"%s\"",
                         JN_SHOWN(80, consumer));
    if (!result)
        result = deliver_parcel(consuming, parcel, &why);
    return jn_call_end(jangle, "jangle_deliver", result, &why, error);
}
