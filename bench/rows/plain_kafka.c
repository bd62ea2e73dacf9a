/* plain_kafka.c - what a program does with librdkafka alone: an idempotent producer, and
 * a reader of all partitions that tells its group once a second how far it is. */
#include "broker.h"
#include "brokers/kafka.h"
#include "brokers/kafka/mock.h"
#include "rows/messages.h"
#include "rows/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAKEN = 256, WAIT_MS = 30000, POLL_MS = 1000 };

static const char *const of_producer[] = {"linger.ms",
                                          "0",
                                          "acks",
                                          "all",
                                          "enable.idempotence",
                                          "true",
                                          "enable.gapless.guarantee",
                                          "true",
                                          NULL};
static const char *const of_reader[] = {"group.id",
                                        MESSAGES_NAME,
                                        "enable.auto.commit",
                                        "false",
                                        "enable.auto.offset.store",
                                        "false",
                                        "auto.offset.reset",
                                        "error",
                                        "check.crcs",
                                        "true",
                                        "fetch.wait.max.ms",
                                        "20",
                                        NULL};

static struct jangle_broker broker(bool classic)
{
    (void)classic;
    return mock_broker(NULL);
}

static void must(rd_kafka_resp_err_t error, const char *what)
{
    if (error)
        bench_die(what, rd_kafka_err2str(error));
}

/* ---- clients ----------------------------------------------------------------- */

static void hear(rd_kafka_t *producer, const rd_kafka_message_t *message, void *nothing)
{
    int64_t *confirmed = message->_private;

    (void)producer, (void)nothing;
    must(message->err, "Kafka has not confirmed a message");
    ++*confirmed;
}

static rd_kafka_t *make(rd_kafka_type_t type, const char *const *settings)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;
    char why[256];

    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    for (; *settings; settings += 2)
        if (rd_kafka_conf_set(conf, settings[0], settings[1], why, sizeof why))
            bench_die(settings[0], why);
    if (rd_kafka_conf_set(conf, "bootstrap.servers",
                          broker_url(BENCH_KAFKA) + strlen("kafka://"), why, sizeof why))
        bench_die("Kafka", why);
    if (type == RD_KAFKA_PRODUCER)
        rd_kafka_conf_set_dr_msg_cb(conf, hear);
    client = rd_kafka_new(type, conf, why, sizeof why);
    if (!client)
        bench_die("Kafka", why);
    return client;
}

struct client {
    rd_kafka_t *reader; /* NULL: it has taken nothing */
};

static void *open_client(void)
{
    return bench_new(sizeof(struct client));
}

/* The group is told in the end how far it is, for which nobody waits who takes messages.
 */
static void close_client(void *context)
{
    struct client *client = context;

    if (client->reader) {
        must(rd_kafka_commit(client->reader, NULL, 0), "telling a group");
        rd_kafka_destroy(client->reader);
    }
    free(client);
}

/* The mock of the round ends with it. */
static void remove_nothing(void *client)
{
    (void)client;
}

/* From their first message on, whose number is 0 in a topic that is new: the first one
 * that is there would have to be asked for, half a second later as a rule. */
static rd_kafka_topic_partition_list_t *all_partitions(void)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(KAFKA_PARTITIONS);

    for (int32_t i = 0; i < KAFKA_PARTITIONS; i++)
        rd_kafka_topic_partition_list_add(list, MESSAGES_NAME, i)->offset = 0;
    return list;
}

/* Behind what the group knows. */
static int64_t left(void *client)
{
    rd_kafka_topic_partition_list_t *list = all_partitions();
    rd_kafka_t *reader = make(RD_KAFKA_CONSUMER, of_reader);
    int64_t count = 0;

    (void)client;
    must(rd_kafka_committed(reader, list, WAIT_MS), "what a group knows");
    for (int i = 0; i < list->cnt; i++) {
        int64_t first = 0, end = 0, known = list->elems[i].offset;

        must(rd_kafka_query_watermark_offsets(reader, MESSAGES_NAME, i, &first, &end,
                                              WAIT_MS),
             "the end of a partition");
        count += end - (known < first ? first : known);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(reader);
    return count;
}

/* ---- out --------------------------------------------------------------------- */

static void send_one(rd_kafka_t *producer,
                     const struct plain_load *load,
                     int64_t number,
                     int64_t *confirmed)
{
    char body[BODY_SIZE], id[BODY_ID_SIZE], key[40];
    int size = plain_body(load, number, body);
    int key_size =
        snprintf(key, sizeof key, "account/%06lld", (long long)(number % load->streams));
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = MESSAGES_NAME},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {key, (size_t)key_size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {body, (size_t)size}},
        {.vtype = RD_KAFKA_VTYPE_HEADER,
         .u.header = {"content-type", "application/cloudevents+json", -1}},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"jangle-id", id, -1}},
        {.vtype = RD_KAFKA_VTYPE_HEADER,
         .u.header = {"jangle-route", body_type(load->body), -1}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = confirmed},
    };
    rd_kafka_error_t *error;

    body_write_id(id, number);
    error = rd_kafka_produceva(producer, parts, sizeof parts / sizeof *parts);
    if (error)
        bench_die("publishing to Kafka", rd_kafka_error_string(error));
}

static void publish(void *client, const struct plain_load *load)
{
    rd_kafka_t *producer = make(RD_KAFKA_PRODUCER, of_producer);
    int64_t sent = 0, confirmed = 0;

    (void)client;
    while (confirmed < load->count) {
        while (sent < load->count && sent - confirmed < load->window)
            send_one(producer, load, sent++, &confirmed);
        rd_kafka_poll(producer, POLL_MS);
    }
    rd_kafka_destroy(producer);
}

/* ---- in ---------------------------------------------------------------------- */

/* The next offset of its partition is behind it. */
static void take_one(const rd_kafka_message_t *message,
                     rd_kafka_topic_partition_list_t *next,
                     struct tally *tally)
{
    rd_kafka_headers_t *headers;
    const void *id;
    size_t size;

    must(message->err, "reading from Kafka");
    must(rd_kafka_message_headers(message, &headers), "the headers of a message");
    must(rd_kafka_header_get_last(headers, "jangle-id", &id, &size),
         "the id of a message");
    tally_add(tally, id, size, message->payload, message->len);
    next->elems[message->partition].offset = message->offset + 1;
}

/* The topics are looked up first, or librdkafka would look for the partitions only half a
 * second later. */
static void take(void *context, int64_t count, struct tally *tally)
{
    rd_kafka_topic_partition_list_t *list = all_partitions();
    struct client *client = context;
    rd_kafka_t *reader = client->reader = make(RD_KAFKA_CONSUMER, of_reader);
    rd_kafka_queue_t *inbox = rd_kafka_queue_get_consumer(reader);
    rd_kafka_message_t *messages[TAKEN];
    const struct rd_kafka_metadata *found;
    double told = bench_now();

    must(rd_kafka_metadata(reader, 1, NULL, &found, WAIT_MS), "the topics of Kafka");
    rd_kafka_metadata_destroy(found);
    must(rd_kafka_assign(reader, list), "reading from Kafka");
    while (count > 0) {
        size_t most = count < TAKEN ? (size_t)count : TAKEN;
        ssize_t got = rd_kafka_consume_batch_queue(inbox, POLL_MS, messages, most);

        for (ssize_t i = 0; i < got; i++) {
            take_one(messages[i], list, tally);
            rd_kafka_message_destroy(messages[i]);
        }
        tally_commit(tally);
        count -= got > 0 ? got : 0;
        if (count > 0 && bench_now() - told > 1) {
            must(rd_kafka_commit(reader, list, 1), "telling a group");
            told = bench_now();
        }
    }
    must(rd_kafka_offsets_store(reader, list), "the offsets of a group");
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(inbox);
}

const struct plain_client plain_kafka = {
    .broker = broker,
    .open = open_client,
    .close = close_client,
    .remove = remove_nothing,
    .publish = publish,
    .take = take,
    .left = left,
};
