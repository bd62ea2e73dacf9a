/* line.c - a line: one who sends, a topic, a queue, and those who receive from
 * it. And what they do: publish, receive, settle. */
#include "testing/transport/line.h"

#include <stdlib.h>

/* ---- a line -------------------------------------------------------------------- */

struct jn_line jn_line_open(struct jn_trial *trial, bool in_order)
{
    struct jn_line line = {.queue = jn_trial_queue(trial)};

    line.queue.topic = jn_trial_topic(trial);
    line.queue.in_order = in_order;
    line.sender = jn_trial_open(trial);
    line.receiver = jn_trial_open(trial);
    jn_trial_declare_topic(trial, line.sender, line.queue.topic);
    jn_trial_declare(trial, line.receiver, &line.queue);
    jn_attach(trial, line.receiver, &line.queue);
    return line;
}

struct jangle_parcel
jn_line_parcel(const struct jn_line *line, const char *key, const char *body)
{
    return (struct jangle_parcel){.topic = line->queue.topic,
                                  .route = "thing.done",
                                  .key = key,
                                  .content_type = "text/plain",
                                  .body = body,
                                  .body_size = strlen(body)};
}

void jn_line_publish(struct jn_trial *trial,
                     const struct jn_line *line,
                     const char *key,
                     int first,
                     int count)
{
    struct jangle_parcel *parcels =
        jangle_alloc(&trial->arena, (size_t)count * sizeof *parcels);
    char *bodies = jangle_alloc(&trial->arena, (size_t)count * 12);

    if (!jn_trial_check(trial, parcels && bodies, "out of memory"))
        return;
    for (int i = 0; i < count; i++) {
        jn_text_format(&bodies[i * 12], 12, "%d", first + i);
        parcels[i] = jn_line_parcel(line, key, &bodies[i * 12]);
    }
    jn_publish(trial, line->sender, parcels, (size_t)count);
}

/* ---- publish ------------------------------------------------------------------- */

void jn_publish(struct jn_trial *trial,
                struct jangle_transport *transport,
                struct jangle_parcel *parcels,
                size_t count)
{
    struct jangle_error error = {0};
    enum jangle_result result;

    if (trial->failed)
        return;
    result = transport->ops->publish(transport, parcels, count, JN_PUBLISH_MS, &error);
    jn_trial_is(trial, "publish", result, JANGLE_OK, &error);
    for (size_t i = 0; i < count; i++)
        jn_trial_is(trial, "the result of a parcel", parcels[i].result, JANGLE_OK, NULL);
}

void jn_publish_one(struct jn_trial *trial,
                    struct jangle_transport *transport,
                    const struct jangle_parcel *parcel,
                    enum jangle_result expected)
{
    struct jangle_parcel copy = *parcel;
    struct jangle_error error = {0};

    if (trial->failed)
        return;
    copy.result = JANGLE_UNKNOWN;
    jn_trial_is(trial, "publish",
                transport->ops->publish(transport, &copy, 1, JN_PUBLISH_MS, &error),
                JANGLE_OK, &error);
    jn_trial_is(trial, "the result of a parcel", copy.result, expected, NULL);
}

/* ---- attach and detach --------------------------------------------------------- */

void jn_attach(struct jn_trial *trial,
               struct jangle_transport *transport,
               const struct jangle_queue *queue)
{
    struct jangle_error error = {0};

    if (!trial->failed)
        jn_trial_is(trial, "attach",
                    transport->ops->attach(transport, queue, NULL, 0, &error), JANGLE_OK,
                    &error);
}

void jn_detach(struct jn_trial *trial,
               struct jangle_transport *transport,
               const char *queue)
{
    struct jangle_error error = {0};

    if (!trial->failed)
        jn_trial_is(trial, "detach", transport->ops->detach(transport, queue, &error),
                    JANGLE_OK, &error);
}

struct jangle_transport *jn_attached(struct jn_trial *trial,
                                     const struct jangle_queue *queue)
{
    struct jangle_transport *transport = jn_trial_open(trial);

    jn_attach(trial, transport, queue);
    return transport;
}

struct jangle_transport *jn_attached_to(struct jn_trial *trial, const char *queue)
{
    return jn_attached(trial, &(const struct jangle_queue){.name = queue});
}

/* ---- receive ------------------------------------------------------------------- */

static void add_received(struct jn_trial *trial,
                         struct jn_received *received,
                         const struct jangle_parcel *parcels,
                         size_t count)
{
    if (!jn_trial_check(trial, received->count + count <= JN_RECEIVED_MAX,
                        "more parcels were received than any test publishes"))
        return;
    for (size_t i = 0; i < count; i++)
        received->parcels[received->count++] = parcels[i];
}

size_t jn_receive_once(struct jn_trial *trial,
                       struct jangle_transport *transport,
                       struct jn_received *received,
                       size_t limit,
                       size_t bytes)
{
    int64_t wait_ms = jn_trial_patience_ms(trial);
    struct jangle_parcel *parcels = NULL;
    struct jangle_error error = {0};
    enum jangle_result result;
    size_t count = 0;

    if (trial->failed)
        return 0;
    result = transport->ops->receive(transport, limit, bytes, wait_ms, &parcels, &count,
                                     &error);
    if (!jn_trial_is(trial, "receive", result, JANGLE_OK, &error) ||
        !jn_trial_check(trial, count <= limit,
                        "receive has %zu parcels; the limit is %zu", count, limit))
        return 0;
    add_received(trial, received, parcels, count);
    return count;
}

void jn_receive(struct jn_trial *trial,
                struct jangle_transport *transport,
                struct jn_received *received,
                size_t count)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_TRIAL_LIMIT_MS);

    while (!trial->failed && received->count < count) {
        size_t left = count - received->count;
        size_t limit = left < JN_RECEIVE_LIMIT ? left : JN_RECEIVE_LIMIT;

        if (!jn_receive_once(trial, transport, received, limit, JN_RECEIVE_BYTES) &&
            !jn_trial_waits(trial, &wait, false))
            break;
    }
    jn_trial_check(trial, received->count >= count, "%zu of %zu parcels were received",
                   received->count, count);
}

void jn_receive_rest(struct jn_trial *trial,
                     struct jangle_transport *transport,
                     struct jn_received *received)
{
    struct jn_trial_wait wait = jn_trial_wait_for(trial, JN_SILENCE_MS);

    do {
        if (jn_receive_once(trial, transport, received, JN_RECEIVE_LIMIT,
                            JN_RECEIVE_BYTES))
            wait = jn_trial_wait_for(trial, JN_SILENCE_MS);
    } while (jn_trial_waits(trial, &wait, false));
}

/* ---- settle -------------------------------------------------------------------- */

void jn_settle(struct jn_trial *trial,
               struct jangle_transport *transport,
               struct jn_received *received,
               enum jangle_disposition disposition)
{
    struct jangle_settlement settlements[JN_RECEIVED_MAX];
    struct jangle_error error = {0};

    if (trial->failed)
        return;
    for (size_t i = 0; i < received->count; i++)
        settlements[i] = (struct jangle_settlement){.parcel = &received->parcels[i],
                                                    .disposition = disposition,
                                                    .attempts = 1,
                                                    .result = JANGLE_UNKNOWN};
    jn_trial_is(trial, "settle",
                transport->ops->settle(transport, settlements, received->count, &error),
                JANGLE_OK, &error);
    for (size_t i = 0; i < received->count; i++)
        jn_trial_is(trial, "the result of a settlement", settlements[i].result, JANGLE_OK,
                    NULL);
    received->count = 0;
}

void jn_settle_one(struct jn_trial *trial,
                   struct jangle_transport *transport,
                   const struct jangle_settlement *settlement,
                   enum jangle_result expected)
{
    struct jangle_settlement copy = *settlement;
    struct jangle_error error = {0};

    if (trial->failed)
        return;
    copy.result = JANGLE_UNKNOWN;
    jn_trial_is(trial, "settle", transport->ops->settle(transport, &copy, 1, &error),
                JANGLE_OK, &error);
    jn_trial_is(trial, "the result of a settlement", copy.result, expected, NULL);
}

/* ---- what was received --------------------------------------------------------- */

int jn_body_number(const struct jangle_parcel *parcel)
{
    char text[12] = "";

    if (parcel->body_size == 0 || parcel->body_size >= sizeof text)
        return -1;
    memcpy(text, parcel->body, parcel->body_size);
    return (int)strtol(text, NULL, 10);
}

static int compare_bodies(const void *left, const void *right)
{
    const struct jangle_parcel *a = left, *b = right;
    size_t size = a->body_size < b->body_size ? a->body_size : b->body_size;
    int order = size ? memcmp(a->body, b->body, size) : 0;

    if (order)
        return order;
    return (a->body_size > b->body_size) - (a->body_size < b->body_size);
}

void jn_expect(struct jn_trial *trial,
               const struct jn_received *received,
               const char *bodies)
{
    char text[2 * 12 * 32] = "";
    size_t used = 0;

    for (size_t i = 0; i < received->count; i++) {
        const struct jangle_parcel *parcel = &received->parcels[i];

        if (used + parcel->body_size + 2 > sizeof text)
            break;
        if (i > 0)
            text[used++] = ' ';
        if (parcel->body_size)
            memcpy(&text[used], parcel->body, parcel->body_size);
        used += parcel->body_size;
        text[used] = '\0';
    }
    if (strcmp(text, bodies) != 0)
        jn_trial_fail(trial, "\"%s\" came, not \"%s\"", text, bodies);
}

void jn_take(struct jn_trial *trial,
             struct jangle_transport *transport,
             size_t count,
             const char *bodies)
{
    struct jn_received received = {.count = 0};

    jn_receive(trial, transport, &received, count);
    jn_expect(trial, &received, bodies);
    jn_settle(trial, transport, &received, JANGLE_TAKEN);
}

void jn_take_in_any_order(struct jn_trial *trial,
                          struct jangle_transport *transport,
                          size_t count,
                          const char *bodies)
{
    struct jn_received received = {.count = 0};

    jn_receive(trial, transport, &received, count);
    qsort(received.parcels, received.count, sizeof *received.parcels, compare_bodies);
    jn_expect(trial, &received, bodies);
    jn_settle(trial, transport, &received, JANGLE_TAKEN);
}

void jn_expect_nothing(struct jn_trial *trial, struct jangle_transport *transport)
{
    struct jn_received received = {.count = 0};

    jn_receive_rest(trial, transport, &received);
    jn_expect(trial, &received, "");
}
