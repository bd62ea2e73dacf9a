/* parcels.c - short ways to talk to a transport in a test. */
#include "support/parcels.h"

#include <jangle/plugin/support.h>

#include <sched.h>

static jangle_time now(void *context)
{
    return (jangle_time){((const struct moved_clock *)context)->us};
}

static int64_t monotonic_us(void *context)
{
    struct moved_clock *clock = context;

    clock->calls++;
    while (clock->held)
        sched_yield();
    return clock->us;
}

struct jangle_clock moved_clock_of(struct moved_clock *clock)
{
    return (struct jangle_clock){now, monotonic_us, clock};
}

struct jangle_transport *open_transport(struct jangle_broker broker,
                                        const struct jangle_host *host,
                                        const char *name)
{
    struct jangle_transport *transport = NULL;

    assert_result(broker.open(&broker, host, name, &transport, NULL), JANGLE_OK);
    assert_non_null(transport);
    return transport;
}

void declare_topic(struct jangle_transport *transport, const char *topic)
{
    assert_result(transport->ops->declare_topic(transport, topic, NULL), JANGLE_OK);
}

void declare_queue(struct jangle_transport *transport, const struct jangle_queue *queue)
{
    assert_result(transport->ops->declare_queue(transport, queue, NULL), JANGLE_OK);
}

void attach(struct jangle_transport *transport, const char *queue)
{
    struct jangle_queue to = {.name = queue};

    assert_result(transport->ops->attach(transport, &to, NULL, 0, NULL), JANGLE_OK);
}

enum jangle_result publish_one(struct jangle_transport *transport,
                               struct jangle_parcel parcel)
{
    assert_result(transport->ops->publish(transport, &parcel, 1, 20000, NULL), JANGLE_OK);
    return parcel.result;
}

void publish_to(struct jangle_transport *transport,
                const char *topic,
                const char *route,
                const char *key,
                const char *body)
{
    struct jangle_parcel parcel = {.topic = topic,
                                   .route = route,
                                   .key = key,
                                   .body = body,
                                   .body_size = strlen(body)};

    assert_result(publish_one(transport, parcel), JANGLE_OK);
}

void publish_into(struct jangle_transport *transport,
                  const char *queue,
                  const char *key,
                  const char *body)
{
    struct jangle_parcel parcel = {
        .queue = queue, .key = key, .body = body, .body_size = strlen(body)};

    assert_result(publish_one(transport, parcel), JANGLE_OK);
}

struct received receive(struct jangle_transport *transport, size_t limit)
{
    struct received received;

    assert_result(transport->ops->receive(transport, limit, SIZE_MAX, 0,
                                          &received.parcels, &received.count, NULL),
                  JANGLE_OK);
    return received;
}

struct jangle_parcel receive_one(struct jangle_transport *transport, const char *body)
{
    struct received received = receive(transport, 1);

    assert_int_equal(received.count, 1);
    assert_int_equal(received.parcels->body_size, strlen(body));
    assert_memory_equal(received.parcels->body, body, strlen(body));
    return *received.parcels;
}

void receive_all(struct jangle_transport *transport,
                 const char *bodies,
                 bool all_are_taken)
{
    char text[JN_SENTENCE_MAX_SIZE];
    struct jn_sentence sentence = jn_sentence_in(text, sizeof text);
    struct received received = receive(transport, 1000);

    for (size_t i = 0; i < received.count; i++) {
        const struct jangle_parcel *parcel = &received.parcels[i];

        jn_sentence_add(&sentence, "%s%.*s", i ? " " : "", (int)parcel->body_size,
                        (const char *)parcel->body);
        if (all_are_taken)
            take(transport, parcel);
    }
    assert_string_equal(text, bodies);
}

enum jangle_result settle_one(struct jangle_transport *transport,
                              const struct jangle_parcel *parcel,
                              struct jangle_settlement settlement)
{
    settlement.parcel = parcel;
    assert_result(transport->ops->settle(transport, &settlement, 1, NULL), JANGLE_OK);
    return settlement.result;
}

void take(struct jangle_transport *transport, const struct jangle_parcel *parcel)
{
    struct jangle_settlement taken = {.disposition = JANGLE_TAKEN};

    assert_result(settle_one(transport, parcel, taken), JANGLE_OK);
}

int64_t count_in(struct jangle_transport *transport, const char *queue)
{
    int64_t count = -2;

    assert_result(transport->ops->count(transport, queue, &count, NULL), JANGLE_OK);
    return count;
}

const char *header_of(const struct jangle_parcel *parcel, const char *name)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        if (strcmp(parcel->headers[i].name, name) == 0)
            return parcel->headers[i].value;
    return NULL;
}
