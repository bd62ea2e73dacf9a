/* publish.c - lies about publishing: TR-3 and TR-4. */
#include "contract/lies/lying_transport.h"

#include <stdlib.h>

#define PUBLISH(name)                                                                    \
    static enum jangle_result name(struct jangle_transport *transport,                   \
                                   struct jangle_parcel *parcels, size_t count,          \
                                   int64_t timeout_ms, struct jangle_error *error)

#define HONESTLY honest_publish(transport, parcels, count, timeout_ms, error)

/* ---- results ------------------------------------------------------------------- */

static bool
has_result(const struct jangle_parcel *parcels, size_t count, enum jangle_result result)
{
    for (size_t i = 0; i < count; i++)
        if (parcels[i].result == result)
            return true;
    return false;
}

static void
set_all(struct jangle_parcel *parcels, size_t count, enum jangle_result result)
{
    for (size_t i = 0; i < count; i++)
        parcels[i].result = result;
}

PUBLISH(call_it_ok)
{
    enum jangle_result result = HONESTLY;

    if (!result)
        set_all(parcels, count, JANGLE_OK);
    return result;
}

PUBLISH(one_that_is_not_found_spoils_all)
{
    enum jangle_result result = HONESTLY;

    if (has_result(parcels, count, JANGLE_NOT_FOUND))
        set_all(parcels, count, JANGLE_NOT_FOUND);
    return result;
}

PUBLISH(one_that_is_invalid_spoils_all)
{
    enum jangle_result result = HONESTLY;

    if (has_result(parcels, count, JANGLE_INVALID))
        set_all(parcels, count, JANGLE_INVALID);
    return result;
}

PUBLISH(stop_at_the_first_that_fails)
{
    enum jangle_result result = JANGLE_OK;
    size_t i = 0;

    for (; i < count && !result; i++) {
        result = honest_publish(transport, &parcels[i], 1, timeout_ms, error);
        if (parcels[i].result == JANGLE_NOT_FOUND)
            break;
    }
    for (i++; i < count; i++)
        parcels[i].result = JANGLE_OK;
    return result;
}

PUBLISH(publish_the_others_twice)
{
    enum jangle_result result = HONESTLY;

    for (size_t i = 0; has_result(parcels, count, JANGLE_NOT_FOUND) && i < count; i++) {
        struct jangle_parcel again = parcels[i];

        if (again.result == JANGLE_OK)
            honest_publish(transport, &again, 1, timeout_ms, NULL);
    }
    return result;
}

PUBLISH(forget_the_last_result)
{
    enum jangle_result before = count ? parcels[count - 1].result : JANGLE_OK;
    enum jangle_result result = HONESTLY;

    if (count)
        parcels[count - 1].result = before;
    return result;
}

PUBLISH(fail_the_call_for_one)
{
    enum jangle_result result = HONESTLY;

    if (!result && has_result(parcels, count, JANGLE_NOT_FOUND))
        return jangle_error_set(error, JANGLE_NOT_FOUND, "one is not found");
    return result;
}

PUBLISH(refuse_an_empty_call)
{
    return count ? HONESTLY : jangle_error_set(error, JANGLE_INVALID, "no parcels");
}

/* ---- where it goes --------------------------------------------------------------- */

static enum jangle_result publish_demanding(struct jangle_transport *transport,
                                            struct jangle_parcel *parcels,
                                            size_t count,
                                            bool must_be_queued,
                                            struct jangle_error *error)
{
    struct jangle_parcel copies[256];
    enum jangle_result result;

    for (size_t i = 0; i < count; i++) {
        copies[i] = parcels[i];
        copies[i].must_be_queued = must_be_queued;
    }
    result = honest_publish(transport, copies, count, 1000, error);
    for (size_t i = 0; i < count; i++)
        parcels[i].result = copies[i].result;
    return result;
}

PUBLISH(nothing_must_be_queued)
{
    (void)timeout_ms;
    return publish_demanding(transport, parcels, count, false, error);
}

PUBLISH(all_must_be_queued)
{
    (void)timeout_ms;
    return publish_demanding(transport, parcels, count, true, error);
}

PUBLISH(drop_the_last)
{
    enum jangle_result result;

    if (count < 2)
        return HONESTLY;
    result = honest_publish(transport, parcels, count - 1, timeout_ms, error);
    parcels[count - 1].result = result;
    return result;
}

PUBLISH(drop_what_goes_straight)
{
    for (size_t i = 0; i < count; i++) {
        if (parcels[i].topic) {
            honest_publish(transport, &parcels[i], 1, timeout_ms, error);
            continue;
        }
        parcels[i].result = JANGLE_OK;
    }
    return JANGLE_OK;
}

/* To the queue of its name, and to all others. */
PUBLISH(send_to_all_queues)
{
    enum jangle_result result = HONESTLY;

    for (size_t i = 0; i < count; i++) {
        struct jangle_parcel other = parcels[i];

        if (other.topic)
            continue;
        other.queue = lying_of(transport)->broker->first_queue;
        honest_publish(transport, &other, 1, timeout_ms, NULL);
    }
    return result;
}

static enum jangle_result remember_first(struct jangle_transport *transport,
                                         const struct jangle_queue *queue,
                                         struct jangle_error *error)
{
    if (queue->topic)
        jn_text_copy(lying_of(transport)->broker->first_queue, LYING_NAME_SIZE,
                     queue->name);
    return honest_declare_queue(transport, queue, error);
}

/* Queues have them that do not want them. */
PUBLISH(ignore_the_route)
{
    for (size_t i = 0; i < count; i++)
        parcels[i].route = "thing.done";
    return HONESTLY;
}

/* ---- too large ------------------------------------------------------------------- */

PUBLISH(cut_what_is_too_large)
{
    for (size_t i = 0; i < count; i++)
        if (parcels[i].body_size > LYING_BODY_BYTES)
            parcels[i].body_size = LYING_BODY_BYTES;
    return HONESTLY;
}

/* ---- confirms -------------------------------------------------------------------- */

PUBLISH(take_a_late_confirm)
{
    struct lying_broker *broker = lying_of(transport)->broker;
    enum jangle_result result = HONESTLY;

    if (broker->counter) {
        broker->counter = 0;
        set_all(parcels, count, JANGLE_OK);
    } else if (timeout_ms == 0 && count) {
        broker->counter = 1;
        set_all(parcels, count, JANGLE_TIMEOUT);
        return jangle_error_set(error, JANGLE_TIMEOUT, "there was no time");
    }
    return result;
}

/* ---- TR-4 ------------------------------------------------------------------------ */

PUBLISH(turn_the_order_round)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = count; i-- > 0;) {
        enum jangle_result one =
            honest_publish(transport, &parcels[i], 1, timeout_ms, error);

        result = result ? result : one;
    }
    return result;
}

PUBLISH(swap_two_of_a_key)
{
    if (count > 20) {
        honest_publish(transport, &parcels[12], count - 12, timeout_ms, NULL);
        return honest_publish(transport, parcels, 12, timeout_ms, error);
    }
    return HONESTLY;
}

PUBLISH(leave_a_gap)
{
    if (count < 100)
        return HONESTLY;
    honest_publish(transport, parcels, 10, timeout_ms, NULL);
    honest_publish(transport, &parcels[11], 10, timeout_ms, NULL);
    set_all(&parcels[10], count - 10, JANGLE_TIMEOUT);
    return jangle_error_set(error, JANGLE_TIMEOUT, "somewhere");
}

PUBLISH(confirm_what_is_not_kept)
{
    if (count < 100)
        return HONESTLY;
    honest_publish(transport, parcels, 10, timeout_ms, NULL);
    set_all(parcels, count, JANGLE_OK);
    return JANGLE_OK;
}

#define LIE(number, sentence, ...)                                                       \
    {                                                                                    \
        .clause = "TR-" #number, .what = sentence, .ops = { __VA_ARGS__ }                \
    }

const struct transport_lie lies_about_publishing[] = {
    LIE(3, "calls every result OK", .publish = call_it_ok),
    LIE(3, "lets a missing topic spoil all", .publish = one_that_is_not_found_spoils_all),
    LIE(3,
        "lets a body that is too large spoil all",
        .publish = one_that_is_invalid_spoils_all),
    LIE(3,
        "publishes nothing behind what fails",
        .publish = stop_at_the_first_that_fails),
    LIE(3,
        "publishes twice what stands beside a failure",
        .publish = publish_the_others_twice),
    LIE(3, "forgets the last result", .publish = forget_the_last_result),
    LIE(3, "fails the call for one parcel", .publish = fail_the_call_for_one),
    LIE(3, "refuses a call without parcels", .publish = refuse_an_empty_call),
    LIE(3, "does not say that nobody took it", .publish = nothing_must_be_queued),
    LIE(3, "wants a queue for all", .publish = all_must_be_queued),
    LIE(3, "drops the last parcel", .publish = drop_the_last),
    LIE(3, "drops what goes straight into a queue", .publish = drop_what_goes_straight),
    LIE(3,
        "sends what goes straight to others, too",
        .publish = send_to_all_queues,
        .declare_queue = remember_first),
    LIE(3, "keeps what no queue wants", .publish = ignore_the_route),
    LIE(3, "cuts a body that is too large", .publish = cut_what_is_too_large),
    LIE(3, "takes a late confirm for another", .publish = take_a_late_confirm),
    LIE(4, "publishes from the end", .publish = turn_the_order_round),
    LIE(4, "publishes the second half first", .publish = swap_two_of_a_key),
    LIE(4, "keeps a later one without an earlier", .publish = leave_a_gap),
    LIE(4, "confirms what it does not keep", .publish = confirm_what_is_not_kept),
    {0}};
