/* messaging.c - the rows of the group "messaging": what they are called, and what they
 * are beside. */
#include "rows.h"
#include "rows/messages.h"

/* A row that needs a broker has functions only if a client's library was there; without
 * its own one the driver does not run the row, and says why. */
#define HAS(name)                                                                        \
    .set_up = name##_set_up, .run = name##_run, .tear_down = name##_tear_down
#ifdef BENCH_HAS_BROKER
#define BY(name) HAS(name)
#else
#define BY(name) .set_up = NULL
#endif
#if defined(BENCH_HAS_BROKER) && defined(BENCH_HAS_JANSSON)
#define BY_AND_JANSSON(name) HAS(name)
#else
#define BY_AND_JANSSON(name) .set_up = NULL
#endif
#ifdef BENCH_HAS_RABBITMQ
#define BY_RABBITMQ(name) HAS(name)
#else
#define BY_RABBITMQ(name) .set_up = NULL
#endif

#define MESSAGING(text, number)                                                          \
    .name = text, .group = "messaging", .unit = "messages", .kind = BENCH_MESSAGES,      \
    .count = number, .only_when_named = true

const struct bench_row row_publish = {
    MESSAGING("publish", 50000),
    .summary = "50,000 stored events of 10,000 streams, confirmed, checkpoint durable",
    .beside = {"plain-publish"},
    .broker = BENCH_RABBITMQ,
    BY(publish),
};

const struct bench_row row_publish_hot = {
    MESSAGING("publish-hot", 50000),
    .summary = "50,000 stored events of one stream, in order, into a quorum queue",
    .beside = {"plain-publish"},
    .broker = BENCH_RABBITMQ,
    BY(publish_hot),
};

const struct bench_row row_plain_publish = {
    MESSAGING("plain-publish", 50000),
    .summary = "librabbitmq alone, 50,000 confirmed messages, 256 under way",
    .broker = BENCH_RABBITMQ,
    BY(plain_publish),
};

const struct bench_row row_publish_hot_classic = {
    MESSAGING("publish-hot-classic", 500),
    .summary = "500 stored events of one stream, in order, into a classic queue",
    .beside = {"plain-publish-one"},
    .broker = BENCH_RABBITMQ,
    BY(publish_hot_classic),
};

const struct bench_row row_plain_publish_one = {
    MESSAGING("plain-publish-one", 500),
    .summary = "librabbitmq alone, 500 messages, each confirmed before the next",
    .broker = BENCH_RABBITMQ,
    BY(plain_publish_one),
};

const struct bench_row row_take_events = {
    MESSAGING("take-events", 50000),
    .summary = "50,000 messages of a full queue, each stored once as an event",
    .beside = {"plain-take"},
    .broker = BENCH_RABBITMQ,
    BY(take_events),
};

const struct bench_row row_take_commands = {
    MESSAGING("take-commands", 50000),
    .summary = "50,000 commands of a full queue, to 10,000 accounts, each sent once",
    .beside = {"plain-take"},
    .broker = BENCH_RABBITMQ,
    BY(take_commands),
};

const struct bench_row row_plain_take = {
    MESSAGING("plain-take", 50000),
    .summary = "librabbitmq alone, 50,000 messages, acknowledged 64 at a time",
    .broker = BENCH_RABBITMQ,
    BY(plain_take),
};

const struct bench_row row_end_to_end = {
    MESSAGING("end-to-end", 500),
    .summary = "from a command's OK to the row in another program's view, 500 times",
    .beside = {"plain-end-to-end"},
    .broker = BENCH_RABBITMQ,
    BY_RABBITMQ(end_to_end),
};

const struct bench_row row_plain_end_to_end = {
    MESSAGING("plain-end-to-end", 500),
    .summary = "librabbitmq alone, from a publish to its consumer, 500 times",
    .broker = BENCH_RABBITMQ,
    BY_RABBITMQ(plain_end_to_end),
};

const struct bench_row row_hub = {
    MESSAGING("hub", 20000),
    .summary = "20,000 stored events through a hub into another file, each once",
    .beside = {"short-64"},
    HAS(hub),
};

/* ---- other brokers ----------------------------------------------------------- */

/* Six rows of a broker: NAME as others write it, and what its client is called. */
#define OF_BROKER(name, NAME, client, number, words)                                     \
    const struct bench_row row_publish_##name = {                                        \
        MESSAGING("publish-" #name, number),                                             \
        .summary = words " stored events, confirmed, checkpoint durable",                \
        .beside = {"outbox-" #name, "plain-publish-" #name},                             \
        .broker = BENCH_##NAME,                                                          \
        BY(publish),                                                                     \
    };                                                                                   \
    const struct bench_row row_outbox_##name = {                                         \
        MESSAGING("outbox-" #name, number),                                              \
        .summary = client " and SQLite, " words " stored events, 256 under way",         \
        .broker = BENCH_##NAME,                                                          \
        BY_AND_JANSSON(outbox),                                                          \
    };                                                                                   \
    const struct bench_row row_plain_publish_##name = {                                  \
        MESSAGING("plain-publish-" #name, number),                                       \
        .summary = client " alone, " words " confirmed messages, 256 under way",         \
        .broker = BENCH_##NAME,                                                          \
        BY(plain_publish),                                                               \
    };                                                                                   \
    const struct bench_row row_take_##name = {                                           \
        MESSAGING("take-" #name, number),                                                \
        .summary = words " messages of a full queue, each stored once as an event",      \
        .beside = {"inbox-" #name, "plain-take-" #name},                                 \
        .broker = BENCH_##NAME,                                                          \
        BY(take_events),                                                                 \
    };                                                                                   \
    const struct bench_row row_inbox_##name = {                                          \
        MESSAGING("inbox-" #name, number),                                               \
        .summary = client " and SQLite, " words " messages, each stored once",           \
        .broker = BENCH_##NAME,                                                          \
        BY_AND_JANSSON(inbox),                                                           \
    };                                                                                   \
    const struct bench_row row_plain_take_##name = {                                     \
        MESSAGING("plain-take-" #name, number),                                          \
        .summary = client " alone, " words " messages, 256 at a time, acknowledged",     \
        .broker = BENCH_##NAME,                                                          \
        BY(plain_take),                                                                  \
    };

OF_BROKER(nats, NATS, "libnats", 50000, "50,000")
OF_BROKER(redis, REDIS, "hiredis", 50000, "50,000")
OF_BROKER(kafka, KAFKA, "librdkafka", 50000, "50,000")
