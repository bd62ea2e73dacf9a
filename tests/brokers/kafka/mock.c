/* mock.c - the broker of a test of Kafka. */
#include "brokers/kafka/mock.h"

#include "kafka/ladder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ASK_MS = 5000, HIDDEN = 500, LONGEST_DELAY_MS = 3600000 };

static rd_kafka_t *owner;
static rd_kafka_mock_cluster_t *cluster;
static rd_kafka_t *asker; /* a client, for which the mock makes topics */
static char hidden[HIDDEN][JN_KAFKA_NAME_SIZE];
static size_t hidden_count;
static bool is_down;
static bool is_joined; /* another process has started it */
static char url[JANGLE_KAFKA_URL_SIZE];
static struct jangle_transport_ops mock_ops, inner_ops; /* all transports have the same */

_Noreturn static void give_up(const char *why)
{
    fprintf(stderr, "mock of Kafka: %s\n", why);
    exit(1);
}

bool mock_is_used(void)
{
    return cluster || is_joined;
}

rd_kafka_mock_cluster_t *mock_cluster(void)
{
    return cluster;
}

const char *mock_url(void)
{
    return url;
}

/* ---- topics ------------------------------------------------------------------------ */

/* The mock makes a topic if a client asks for it, with MOCK_PARTITIONS partitions. */
static void ask_for_topic(const char *topic)
{
    rd_kafka_topic_t *asked = rd_kafka_topic_new(asker, topic, NULL);
    const struct rd_kafka_metadata *answer;

    if (!rd_kafka_metadata(asker, 0, asked, &answer, ASK_MS))
        rd_kafka_metadata_destroy(answer);
    rd_kafka_topic_destroy(asked);
}

static bool is_hidden(const char *topic)
{
    for (size_t i = 0; i < hidden_count; i++)
        if (strcmp(hidden[i], topic) == 0)
            return true;
    return false;
}

/* One that is down makes nothing. */
void mock_show_topic(const char *topic)
{
    if (is_down)
        return;
    ask_for_topic(topic);
    if (cluster && is_hidden(topic))
        rd_kafka_mock_topic_set_error(cluster, topic, RD_KAFKA_RESP_ERR_NO_ERROR);
}

void mock_hide_topic(const char *topic)
{
    if (cluster)
        rd_kafka_mock_topic_set_error(cluster, topic,
                                      RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    if (!is_hidden(topic) && hidden_count < HIDDEN)
        snprintf(hidden[hidden_count++], sizeof hidden[0], "%s", topic);
}

static void show_retries(const struct jangle_queue *queue)
{
    char name[JN_KAFKA_NAME_SIZE];
    int64_t delay_ms;

    for (size_t i = 0; (delay_ms = jn_kafka_ladder_delay(queue, i)); i++)
        if (delay_ms <= LONGEST_DELAY_MS && jn_kafka_retry_name(name, queue, delay_ms))
            mock_show_topic(name);
}

int64_t mock_count(const char *topic)
{
    int64_t count = 0;

    for (int32_t i = 0; i < MOCK_PARTITIONS; i++) {
        int64_t first = 0, end = 0;

        if (!rd_kafka_query_watermark_offsets(asker, topic, i, &first, &end, ASK_MS))
            count += end;
    }
    return count;
}

/* ---- the descriptor ---------------------------------------------------------------- */

static enum jangle_result declare_topic(struct jangle_transport *base,
                                        const char *topic,
                                        struct jangle_error *error)
{
    mock_show_topic(topic);
    return inner_ops.declare_topic(base, topic, error);
}

static enum jangle_result declare_queue(struct jangle_transport *base,
                                        const struct jangle_queue *queue,
                                        struct jangle_error *error)
{
    if (!queue->expire_ms) {
        mock_show_topic(queue->name);
        if (queue->dead)
            mock_show_topic(queue->dead);
        show_retries(queue);
    }
    return inner_ops.declare_queue(base, queue, error);
}

/* The transport is asked, too, whether the broker answers. */
static enum jangle_result remove_queue(struct jangle_transport *base,
                                       const struct jangle_queue *queue,
                                       struct jangle_error *error)
{
    const struct jangle_queue nothing = {.name = "nothing-of-that-name"};
    enum jangle_result result = inner_ops.remove_queue(base, &nothing, error);

    if (result)
        return result;
    mock_hide_topic(queue->name);
    if (queue->dead)
        mock_hide_topic(queue->dead);
    return JANGLE_OK;
}

static enum jangle_result
remove_topic(struct jangle_transport *base, const char *topic, struct jangle_error *error)
{
    enum jangle_result result =
        inner_ops.remove_topic(base, "nothing-of-that-name", error);

    if (!result)
        mock_hide_topic(topic);
    return result;
}

/* Once, before several threads open transports. */
static void take_operations(void)
{
    const struct jangle_host host = {0};
    struct jangle_broker kafka = jangle_kafka(url, NULL);
    struct jangle_transport *transport;

    if (mock_ops.abi)
        return;
    if (kafka.open(&kafka, &host, "mock", &transport, NULL))
        give_up("no transport can be opened");
    inner_ops = mock_ops = *transport->ops;
    transport->ops->close(transport);
    mock_ops.declare_topic = declare_topic;
    mock_ops.declare_queue = declare_queue;
    mock_ops.remove_queue = remove_queue;
    mock_ops.remove_topic = remove_topic;
}

static enum jangle_result open_at_mock(const struct jangle_broker *broker,
                                       const struct jangle_host *host,
                                       const char *name,
                                       struct jangle_transport **transport,
                                       struct jangle_error *error)
{
    struct jangle_broker kafka = jangle_kafka(broker->url, broker->options);
    enum jangle_result result = kafka.open(&kafka, host, name, transport, error);

    if (!result)
        (*transport)->ops = &mock_ops;
    return result;
}

/* The mock lets a fetch wait for its whole time, even if something comes. */
static const char *const quick_settings[] = {"fetch.wait.max.ms", "20", NULL};
static const struct jangle_kafka_options quick = {.settings = quick_settings,
                                                  .look_ms = 500};

struct jangle_broker mock_broker(const struct jangle_kafka_options *options)
{
    struct jangle_broker broker = jangle_kafka(url, options ? options : &quick);

    if (mock_is_used())
        broker.open = open_at_mock;
    return broker;
}

/* ---- start and stop ---------------------------------------------------------------- */

static rd_kafka_t *make_client(rd_kafka_type_t type, const char *hosts)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;
    char why[256];

    rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    if (hosts) {
        rd_kafka_conf_set(conf, "bootstrap.servers", hosts, why, sizeof why);
        rd_kafka_conf_set(conf, "group.id", "mock", why, sizeof why);
        rd_kafka_conf_set(conf, "enable.auto.commit", "false", why, sizeof why);
        rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", why, sizeof why);
        rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "200", why, sizeof why);
    }
    client = rd_kafka_new(type, conf, why, sizeof why);
    if (!client)
        give_up(why);
    return client;
}

/* What the mock is told from another thread it does when it has something to do, or once
 * a second. So the asker keeps it busy. */
static void keep_busy(void)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    ask_for_topic("busy");
    rd_kafka_topic_partition_list_add(list, "busy", 0)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(asker, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void start_cluster(int brokers)
{
    is_down = false;
    owner = make_client(RD_KAFKA_PRODUCER, NULL);
    cluster = rd_kafka_mock_cluster_new(owner, brokers);
    if (!cluster)
        give_up("it cannot be started");
    asker = make_client(RD_KAFKA_CONSUMER, rd_kafka_mock_cluster_bootstraps(cluster));
    hidden_count = 0;
    keep_busy();
    snprintf(url, sizeof url, "kafka://%s", rd_kafka_mock_cluster_bootstraps(cluster));
    take_operations();
}

void mock_start(void)
{
    enum jangle_result result = jangle_kafka_from_env(url, NULL);

    alarm(MOCK_WATCHDOG_S);
    if (result == JANGLE_INVALID)
        give_up("JANGLE_KAFKA_BOOTSTRAP is not valid");
    if (result)
        start_cluster(1);
}

void mock_start_coordinator(const char *group)
{
    alarm(MOCK_WATCHDOG_S);
    start_cluster(MOCK_COORDINATOR);
    rd_kafka_mock_coordinator_set(cluster, "group", group, MOCK_COORDINATOR);
}

void mock_lead(const char *topic)
{
    mock_show_topic(topic);
    for (int32_t i = 0; i < MOCK_PARTITIONS; i++)
        rd_kafka_mock_partition_set_leader(cluster, topic, i, 1);
}

void mock_join(const char *at)
{
    snprintf(url, sizeof url, "%s", at);
    asker = make_client(RD_KAFKA_CONSUMER, at + strlen("kafka://"));
    is_joined = true;
    take_operations();
}

void mock_stop(void)
{
    if (asker)
        rd_kafka_destroy_flags(asker, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    if (cluster)
        rd_kafka_mock_cluster_destroy(cluster);
    if (owner)
        rd_kafka_destroy(owner);
    cluster = NULL;
    owner = asker = NULL;
    is_joined = false;
}

bool mock_go_down(void *context)
{
    (void)context;
    is_down = true;
    return !rd_kafka_mock_broker_set_down(cluster, 1);
}

bool mock_come_up(void *context)
{
    (void)context;
    is_down = false;
    return !rd_kafka_mock_broker_set_up(cluster, 1);
}
