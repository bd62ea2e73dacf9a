/* kafka.c - Apache Kafka as a broker of jangle: its descriptor, opening and closing. */
#include "kafka/asking.h"
#include "kafka/attach.h"
#include "kafka/clients.h"
#include "kafka/commit.h"
#include "kafka/declare.h"
#include "kafka/memory.h"
#include "kafka/receive.h"
#include "kafka/remove.h"
#include "kafka/send.h"
#include "kafka/settings.h"
#include "kafka/settle.h"

#include <fcntl.h>
#include <unistd.h>

/* ---- operations that are nowhere else ---------------------------------------------- */

static void wake_transport(struct jangle_transport *transport)
{
    struct jn_kafka *kafka = jn_kafka_of(transport);
    ssize_t written;

    atomic_store(&kafka->is_woken, true);
    written = write(kafka->woken[1], "", 1);
    (void)written; /* a full pipe ends the wait, too */
}

/* librdkafka keeps its connections in threads of its own. */
static enum jangle_result tend_transport(struct jangle_transport *transport,
                                         struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(transport);
    struct jn_kafka_attached *attached = kafka->attached;

    (void)error;
    if (kafka->asker)
        jn_kafka_hear(kafka->asker);
    if (kafka->producer)
        jn_kafka_hear(kafka->producer);
    for (; attached; attached = attached->next)
        if (attached->reader)
            jn_kafka_hear(attached->reader);
    jn_kafka_tell_groups(kafka);
    return JANGLE_OK;
}

/* ---- closing ----------------------------------------------------------------------- */

/* In a child, what belongs to librdkafka is left as it is: it is a copy of memory whose
 * locks the parent's threads may have held. */
static void disown_readers(struct jn_kafka *kafka)
{
    struct jn_kafka_attached *attached = kafka->attached;

    for (; attached; attached = attached->next) {
        struct jn_kafka_log *log = attached->logs;

        for (; log; log = log->next)
            log->held = NULL;
        attached->next_message = NULL;
        attached->inbox = NULL;
        attached->reader = NULL;
    }
    kafka->topics = NULL;
}

static void free_transport(struct jn_kafka *kafka)
{
    while (kafka->attached)
        jn_kafka_attached_free(kafka, kafka->attached);
    while (kafka->held.next != &kafka->held)
        jn_kafka_delivery_free(kafka, kafka->held.next);
    jn_kafka_forget_topics(kafka);
    jn_kafka_forget_declared(kafka);
    jn_kafka_free_clients(kafka);
    jn_kafka_settings_finish(&kafka->settings);
    for (int i = 0; i < 2; i++)
        if (kafka->woken[i] >= 0)
            close(kafka->woken[i]);
    jn_free(&kafka->allocator, kafka->parcels);
    jn_free(&kafka->allocator, kafka->name);
    jn_free(&kafka->allocator, kafka);
}

static void close_transport(struct jangle_transport *transport)
{
    struct jn_kafka *kafka = jn_kafka_of(transport);
    struct jn_kafka_attached *attached = kafka->attached;

    if (kafka->process != getpid()) {
        disown_readers(kafka);
        jn_kafka_disown_clients(kafka);
    }
    for (; attached; attached = attached->next)
        jn_kafka_tell_group(kafka, attached);
    free_transport(kafka);
}

/* ---- opening ----------------------------------------------------------------------- */

/* A producer that is thrown away when it fails keeps a prefix: see send.c. */
static const struct jangle_transport_ops kafka_ops = {
    .abi = 1,
    .name = "kafka",
    .keeps_prefix = true,
    .declare_topic = jn_kafka_declare_topic,
    .declare_queue = jn_kafka_declare_queue,
    .publish = jn_kafka_publish,
    .attach = jn_kafka_attach,
    .detach = jn_kafka_detach,
    .receive = jn_kafka_receive,
    .settle = jn_kafka_settle,
    .tend = tend_transport,
    .wake = wake_transport,
    .count = jn_kafka_count,
    .purge = jn_kafka_purge,
    .remove_queue = jn_kafka_remove_queue,
    .remove_topic = jn_kafka_remove_topic,
    .close = close_transport,
};

static bool make_pipe(int files[2])
{
    if (pipe(files)) {
        files[0] = files[1] = -1;
        return false;
    }
    for (int i = 0; i < 2; i++)
        if (fcntl(files[i], F_SETFL, O_NONBLOCK) || fcntl(files[i], F_SETFD, FD_CLOEXEC))
            return false;
    return true;
}

static enum jangle_result init_transport(struct jn_kafka *kafka,
                                         const struct jangle_broker *broker,
                                         const char *name,
                                         struct jangle_error *error)
{
    enum jangle_result result =
        jn_kafka_settings_init(&kafka->settings, &kafka->allocator, broker, error);

    if (result)
        return result;
    kafka->ops = kafka_ops;
    kafka->ops.body_bytes = kafka->settings.message_bytes - JN_KAFKA_HEADER_BYTES;
    kafka->transport.ops = &kafka->ops;
    kafka->name = jn_copy_text(&kafka->allocator, name && *name ? name : "jangle");
    if (!kafka->name)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    if (!make_pipe(kafka->woken))
        return jangle_error_set(error, JANGLE_BUSY, "the system has no pipe for `wake`");
    return JANGLE_OK;
}

static enum jangle_result open_transport(const struct jangle_broker *broker,
                                         const struct jangle_host *host,
                                         const char *name,
                                         struct jangle_transport **transport,
                                         struct jangle_error *error)
{
    struct jangle_allocator allocator =
        host->allocator.resize ? host->allocator : jn_kafka_system_memory;
    struct jn_kafka *kafka = jn_new(&allocator, sizeof *kafka);
    enum jangle_result result;

    *transport = NULL;
    if (!kafka)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    kafka->host = host;
    kafka->allocator = allocator;
    kafka->process = getpid();
    kafka->woken[0] = kafka->woken[1] = -1;
    kafka->held.next = kafka->held.previous = &kafka->held;
    result = init_transport(kafka, broker, name, error);
    if (result)
        free_transport(kafka);
    else
        *transport = &kafka->transport;
    return result;
}

struct jangle_broker jangle_kafka(const char *url,
                                  const struct jangle_kafka_options *options)
{
    return (struct jangle_broker){.url = url, .options = options, .open = open_transport};
}
