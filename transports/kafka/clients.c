/* clients.c - the clients of librdkafka that a transport has. */
#include "kafka/clients.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct setting {
    const char *name;
    const char *value;
};

/* A topic that is not there stays away: only jn_kafka_make_topic makes one. The group is
 * not joined; librdkafka wants one for `assign`. Of a log the asker reads one message
 * alone, so it fetches no more than it must. */
static const struct setting of_asker[] = {
    {"fetch.message.max.bytes", "1024"},
    {"queued.min.messages", "1"},
    {"group.id", "jangle"},
    {"allow.auto.create.topics", "false"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"check.crcs", "true"},
    {NULL, NULL},
};

/* An offset that a log does not have is an error, and never moved to another. */
static const struct setting of_reader[] = {
    {"allow.auto.create.topics", "false"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},
    {"check.crcs", "true"},
    {NULL, NULL},
};

/* What fails leaves no gap: with a time limit of its own, librdkafka would give up a
 * message and send the next one. So it has none, and we throw the producer away. */
static const struct setting of_producer[] = {
    {"acks", "all"},
    {"enable.idempotence", "true"},
    {"enable.gapless.guarantee", "true"},
    {"message.timeout.ms", "0"},
    {"partitioner", "murmur2_random"},
    {NULL, NULL},
};

/* ---- what librdkafka calls --------------------------------------------------------- */

/* In the thread of whoever calls jn_kafka_hear. */
static void note_error(rd_kafka_t *client, int number, const char *why, void *context)
{
    struct jn_kafka *kafka = context;

    (void)client;
    if (number == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        kafka->is_down = true;
    else
        jn_text_show(kafka->down, sizeof kafka->down, why);
}

/* librdkafka would write to stderr. What it has to say comes as an error, too. */
static void
say_nothing(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client, (void)level, (void)facility, (void)text;
}

static void
note_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *context)
{
    rd_kafka_resp_err_t *answer = message->_private;

    (void)client;
    (void)context;
    if (answer)
        *answer = message->err;
}

/* In a thread of librdkafka. */
static int make_socket(int domain, int type, int protocol, void *context)
{
    struct jn_kafka *kafka = context;
    int file = socket(domain, type, protocol);

    if (file < 0)
        return file;
    fcntl(file, F_SETFD, FD_CLOEXEC);
    for (size_t i = 0; i < JN_KAFKA_SOCKETS; i++) {
        int none = 0;

        if (atomic_compare_exchange_strong(&kafka->sockets[i], &none, file + 1))
            break;
    }
    return file;
}

static int close_socket(int file, void *context)
{
    struct jn_kafka *kafka = context;

    for (size_t i = 0; i < JN_KAFKA_SOCKETS; i++) {
        int ours = file + 1;

        if (atomic_compare_exchange_strong(&kafka->sockets[i], &ours, 0))
            break;
    }
    return close(file);
}

/* ---- clients ----------------------------------------------------------------------- */

static bool set_all(rd_kafka_conf_t *conf, const struct setting *settings)
{
    for (; settings->name; settings++)
        if (rd_kafka_conf_set(conf, settings->name, settings->value, NULL, 0))
            return false;
    return true;
}

static rd_kafka_t *make_client(struct jn_kafka *kafka,
                               rd_kafka_type_t type,
                               const struct setting *settings,
                               const char *group,
                               struct jangle_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(kafka->settings.shared);
    rd_kafka_t *client = NULL;
    char why[256] = "it refuses a setting of jangle's own";

    rd_kafka_conf_set_opaque(conf, kafka);
    rd_kafka_conf_set_error_cb(conf, note_error);
    rd_kafka_conf_set_log_cb(conf, say_nothing);
    rd_kafka_conf_set_socket_cb(conf, make_socket);
    rd_kafka_conf_set_closesocket_cb(conf, close_socket);
    if (type == RD_KAFKA_PRODUCER)
        rd_kafka_conf_set_dr_msg_cb(conf, note_delivery);
    if (set_all(conf, settings) &&
        !rd_kafka_conf_set(conf, "client.id", kafka->name, NULL, 0) &&
        (!group || !rd_kafka_conf_set(conf, "group.id", group, NULL, 0)))
        client = rd_kafka_new(type, conf, why, sizeof why);
    if (!client) {
        rd_kafka_conf_destroy(conf);
        jangle_error_set(error, JANGLE_BUSY, "librdkafka cannot be started: %s",
                         JN_SHOWN(200, why));
    }
    return client;
}

enum jangle_result jn_kafka_need_asker(struct jn_kafka *kafka, struct jangle_error *error)
{
    if (!kafka->asker)
        kafka->asker = make_client(kafka, RD_KAFKA_CONSUMER, of_asker, NULL, error);
    return kafka->asker ? JANGLE_OK : JANGLE_BUSY;
}

enum jangle_result jn_kafka_need_producer(struct jn_kafka *kafka,
                                          struct jangle_error *error)
{
    if (!kafka->producer)
        kafka->producer = make_client(kafka, RD_KAFKA_PRODUCER, of_producer, NULL, error);
    return kafka->producer ? JANGLE_OK : JANGLE_BUSY;
}

void jn_kafka_drop_asker(struct jn_kafka *kafka)
{
    if (kafka->answers)
        rd_kafka_queue_destroy(kafka->answers);
    if (kafka->asker)
        jn_kafka_free_reader(kafka->asker);
    kafka->answers = NULL;
    kafka->unanswered = 0;
    kafka->asker = NULL;
}

void jn_kafka_drop_producer(struct jn_kafka *kafka)
{
    if (!kafka->producer)
        return;
    rd_kafka_purge(kafka->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                        RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy(kafka->producer);
    kafka->producer = NULL;
    kafka->is_spoilt = false;
}

rd_kafka_t *jn_kafka_make_reader(struct jn_kafka *kafka,
                                 const char *queue,
                                 struct jangle_error *error)
{
    return make_client(kafka, RD_KAFKA_CONSUMER, of_reader, queue, error);
}

/* No group was joined, so there is none to leave. */
void jn_kafka_free_reader(rd_kafka_t *reader)
{
    rd_kafka_destroy_flags(reader, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void jn_kafka_hear(rd_kafka_t *client)
{
    rd_kafka_poll(client, 0);
}

void jn_kafka_free_clients(struct jn_kafka *kafka)
{
    jn_kafka_drop_producer(kafka);
    jn_kafka_drop_asker(kafka);
}

void jn_kafka_disown_clients(struct jn_kafka *kafka)
{
    for (size_t i = 0; i < JN_KAFKA_SOCKETS; i++) {
        int file = atomic_exchange(&kafka->sockets[i], 0);

        if (file > 0)
            close(file - 1);
    }
    kafka->producer = kafka->asker = NULL;
    kafka->answers = NULL;
}
