/* pull.c - messages are asked for, and arrive. A request asks for as many as there are,
 * or for the first one that comes; it has an end, of which the server tells us. */
#include "nats/pull.h"
#include "nats/connection.h"
#include "nats/declare.h"
#include "nats/delivery.h"
#include "nats/message_read.h"
#include "nats/names.h"
#include "nats/sources.h"
#include "nats/turn.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TURN_WAIT_US = 10000000,
    SILENCE_US = 1000000, /* a request of which nothing is heard for so long after its end
                             has found no consumer */
    REST_US = 50000,
    BYTES_MIN = 2 << 20, /* more than any message of a usual server */
    BYTES_MAX = 1 << 30, /* of one request: the server knows no number above INT64_MAX */
    NUMBERS = 3,
    REQUEST_SIZE = 160
};

/* ---- asking ---------------------------------------------------------------------- */

/* The server reads numbers with a sign. */
static size_t at_most(size_t number)
{
    return number < INT32_MAX ? number : INT32_MAX;
}

/* `bytes` 0: no limit; `wait_us` 0: do not wait. */
static void write_request(
    char *request, size_t size, size_t batch, size_t bytes, bool at_once, int64_t wait_us)
{
    char limit[40] = "", expires[40] = "", count[40];

    snprintf(count, sizeof count, "{\"batch\":%zu", at_most(batch));
    if (bytes)
        snprintf(limit, sizeof limit, ",\"max_bytes\":%zu", at_most(bytes));
    if (wait_us > 0)
        snprintf(expires, sizeof expires, ",\"expires\":%lld", (long long)wait_us * 1000);
    JN_NATS_JOIN(request, size, count, limit, at_once ? ",\"no_wait\":true" : "", expires,
                 "}");
}

static void ask(struct jn_nats *nats,
                const struct jn_nats_attached *attached,
                struct jn_nats_source *source,
                size_t index,
                const char *request,
                int64_t wait_us)
{
    char subject[2 * JN_NATS_NAME_SIZE + 64], reply[JN_NATS_INBOX_SIZE + 64], numbers[64];

    snprintf(numbers, sizeof numbers, ".%u-%zu-%u", attached->number, index,
             ++source->pull);
    JN_NATS_JOIN(subject, sizeof subject, "$JS.API.CONSUMER.MSG.NEXT.", source->stream,
                 ".", source->consumer);
    JN_NATS_JOIN(reply, sizeof reply, nats->arrivals_inbox, numbers);
    source->asked_in = nats->call;
    source->pull_until_us = jn_monotonic_us() + wait_us;
    source->pulling =
        !natsConnection_PublishRequestString(nats->connection, subject, reply, request);
}

static bool may_ask(struct jn_nats_attached *attached, struct jn_nats_source *source)
{
    int64_t now_us = jn_monotonic_us();

    if (source->pulling && now_us > source->pull_until_us + SILENCE_US) {
        source->pulling = false;
        attached->stale = true;
    }
    return !source->pulling && now_us >= source->rest_until_us;
}

static size_t bytes_of_request(size_t bytes)
{
    return bytes < BYTES_MIN ? BYTES_MIN : bytes > BYTES_MAX ? BYTES_MAX : bytes;
}

static void ask_source(struct jn_nats *nats,
                       struct jn_nats_attached *attached,
                       size_t index,
                       size_t limit,
                       size_t bytes,
                       int64_t wait_us)
{
    struct jn_nats_source *source = &attached->sources[index];
    char request[REQUEST_SIZE];

    if (!may_ask(attached, source) || (!wait_us && source->asked_in == nats->call))
        return;
    if (attached->queue.in_order && wait_us > JN_NATS_ORDERED_WAIT_US)
        wait_us = JN_NATS_ORDERED_WAIT_US;
    write_request(request, sizeof request, source->one ? 1 : limit,
                  source->one ? 0 : bytes_of_request(bytes), true, wait_us);
    source->wanted = source->one ? 1 : limit;
    source->one = false;
    ask(nats, attached, source, index, request, wait_us);
}

static void ask_turn(struct jn_nats *nats, struct jn_nats_attached *attached)
{
    char request[REQUEST_SIZE];

    if (!may_ask(attached, &attached->turn.source))
        return;
    write_request(request, sizeof request, 1, 0, false, TURN_WAIT_US);
    if (!jn_nats_make_turn(nats, attached->turn.source.stream, NULL))
        ask(nats, attached, &attached->turn.source, attached->source_count, request,
            TURN_WAIT_US);
}

void jn_nats_ask_for(struct jn_nats *nats, size_t limit, size_t bytes, int64_t wait_us)
{
    for (struct jn_nats_attached *each = nats->attached;
         each && jn_nats_is_connected(nats); each = each->next) {
        if (!jn_nats_turn_is_ours(nats, each)) {
            jn_nats_turn_let_go(nats, each);
            ask_turn(nats, each);
            continue;
        }
        if (jn_monotonic_us() < each->turn.rest_until_us)
            continue;
        for (size_t i = 0; i < each->source_count; i++)
            ask_source(nats, each, i, limit, bytes, wait_us);
    }
}

bool jn_nats_is_asking(const struct jn_nats *nats)
{
    const struct jn_nats_attached *each = nats->attached;

    for (; each; each = each->next) {
        if (each->queue.in_order && !each->turn.held &&
            each->turn.source.asked_in == nats->call)
            return true;
        for (size_t i = 0; i < each->source_count; i++)
            if (each->sources[i].pulling)
                return true;
    }
    return false;
}

void jn_nats_stop_pulling(struct jn_nats_attached *attached)
{
    for (size_t i = 0; i < attached->source_count; i++)
        attached->sources[i].pulling = false;
    attached->turn.source.pulling = false;
}

/* ---- the end of a request -------------------------------------------------------- */

static struct jn_nats_source *
find_pull(struct jn_nats *nats, const char *subject, struct jn_nats_attached **attached)
{
    unsigned long numbers[NUMBERS] = {0};
    char *at;
    struct jn_nats_source *source;

    if (strncmp(subject, nats->arrivals_inbox, strlen(nats->arrivals_inbox)) != 0)
        return NULL;
    at = (char *)(uintptr_t)subject + strlen(nats->arrivals_inbox);
    for (size_t i = 0; i < NUMBERS && *at; i++)
        numbers[i] = strtoul(at + 1, &at, 10);
    *attached = nats->attached;
    while (*attached && (*attached)->number != numbers[0])
        *attached = (*attached)->next;
    if (!*attached || numbers[1] > (*attached)->source_count)
        return NULL;
    source = numbers[1] == (*attached)->source_count ? &(*attached)->turn.source
                                                     : &(*attached)->sources[numbers[1]];
    return source->pull == numbers[2] ? source : NULL;
}

/* 404 and 408: there is no more. 409: the consumer was deleted, or something is too
 * large. */
static void end_pull(struct jn_nats *nats, natsMsg *message)
{
    struct jn_nats_attached *attached = NULL;
    struct jn_nats_source *source =
        find_pull(nats, natsMsg_GetSubject(message), &attached);
    const char *status = NULL, *description = NULL;
    int64_t now_us = jn_monotonic_us();

    if (!source)
        return;
    source->pulling = false;
    natsMsgHeader_Get(message, "Status", &status);
    natsMsgHeader_Get(message, "Description", &description);
    if (!status || strcmp(status, "409") != 0) {
        if (now_us < source->pull_until_us)
            source->rest_until_us = now_us + REST_US;
        return;
    }
    if (description && strstr(description, "Size Exceeds"))
        source->one = true;
    else if (description && strstr(description, "Deleted"))
        attached->stale = true;
    else
        source->rest_until_us = now_us + REST_US;
}

/* ---- what arrives ---------------------------------------------------------------- */

static struct jn_nats_source *find_source(struct jn_nats *nats,
                                          const struct jn_nats_metadata *metadata,
                                          struct jn_nats_attached **attached)
{
    for (*attached = nats->attached; *attached; *attached = (*attached)->next) {
        struct jn_nats_source *turn = &(*attached)->turn.source;

        for (size_t i = 0; i < (*attached)->source_count; i++) {
            struct jn_nats_source *source = &(*attached)->sources[i];

            if (strcmp(source->stream, metadata->stream) == 0 &&
                strcmp(source->consumer, metadata->consumer) == 0)
                return source;
        }
        if (strcmp(turn->stream, metadata->stream) == 0 &&
            strcmp(turn->consumer, metadata->consumer) == 0)
            return turn;
    }
    return NULL;
}

/* A copy that was made for a later attempt is delivered once only to be told its delay.
 * True if the message is none of those that are handed out. */
static bool is_not_for_us(struct jn_nats *nats,
                          struct jn_nats_attached *attached,
                          const struct jn_nats_source *source,
                          const struct jn_nats_metadata *metadata,
                          natsMsg *message)
{
    int64_t delay_ms = jn_nats_message_delay(message);
    char again[64];

    if (!jn_nats_sources_take(nats, attached, source, natsMsg_GetSubject(message))) {
        jn_nats_tell(nats, natsMsg_GetReply(message), "+ACK");
        return true;
    }
    if (delay_ms < 0 || metadata->delivered > 1)
        return false;
    snprintf(again, sizeof again, "-NAK {\"delay\":%lld}", (long long)delay_ms * 1000000);
    jn_nats_tell(nats, natsMsg_GetReply(message), delay_ms ? again : "-NAK");
    return true;
}

/* Without memory it is given back. */
static void keep(struct jn_nats *nats,
                 struct jn_nats_attached *attached,
                 const struct jn_nats_source *source,
                 const struct jn_nats_metadata *metadata,
                 natsMsg *message)
{
    struct jn_nats_delivery *delivery =
        jn_nats_message_read(nats, attached, source, metadata, message);

    if (!delivery) {
        jn_nats_tell(nats, natsMsg_GetReply(message), "-NAK");
        natsMsg_Destroy(message);
        return;
    }
    delivery->until_us = jn_monotonic_us() + attached->ack_wait_us;
    jn_nats_deliveries_append(&nats->waiting, delivery);
}

void jn_nats_arrive(struct jn_nats *nats, natsMsg *message)
{
    struct jn_nats_metadata metadata;
    struct jn_nats_attached *attached = NULL;
    struct jn_nats_source *source;

    nats->arrived++;
    if (!jn_nats_metadata_read(natsMsg_GetReply(message), &metadata)) {
        end_pull(nats, message);
        natsMsg_Destroy(message);
        return;
    }
    source = find_source(nats, &metadata, &attached);
    if (source && source->wanted && !--source->wanted)
        source->pulling = false;
    if (source && source != &attached->turn.source &&
        !is_not_for_us(nats, attached, source, &metadata, message)) {
        keep(nats, attached, source, &metadata, message);
        return;
    }
    if (!source)
        jn_nats_tell(nats, natsMsg_GetReply(message), "-NAK");
    else if (source == &attached->turn.source)
        jn_nats_turn_arrive(nats, attached, &metadata, message);
    natsMsg_Destroy(message);
}
