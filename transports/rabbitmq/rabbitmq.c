/* rabbitmq.c - RabbitMQ as a broker of jangle: its descriptor, opening and closing. */
#include "rabbitmq/connection.h"
#include "rabbitmq/declare.h"
#include "rabbitmq/memory.h"
#include "rabbitmq/publish.h"
#include "rabbitmq/receive.h"
#include "rabbitmq/remove.h"
#include "rabbitmq/send.h"
#include "rabbitmq/settle.h"
#include "rabbitmq/url.h"

#include <fcntl.h>
#include <unistd.h>

/* ---- operations that are nowhere else ---------------------------------------------- */

static void wake_transport(struct jangle_transport *transport)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    ssize_t written;

    /* A full pipe is a `wake` already. */
    written = write(rabbit->woken[1], "", 1);
    (void)written;
}

static enum jangle_result tend_transport(struct jangle_transport *transport,
                                         struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;

    jn_rabbit_tend_publishing(rabbit);
    return jn_rabbit_tend_receiving(rabbit, error);
}

static void close_pipe(int files[2])
{
    for (int i = 0; i < 2; i++)
        if (files[i] >= 0)
            close(files[i]);
}

static void free_transport(struct jn_rabbit *rabbit)
{
    jn_rabbit_receiving_finish(rabbit);
    jn_rabbit_settings_finish(&rabbit->settings, &rabbit->allocator);
    close_pipe(rabbit->woken);
    jn_free(&rabbit->allocator, rabbit->name);
    jn_free(&rabbit->allocator, rabbit);
}

static void close_transport(struct jangle_transport *transport)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    bool ours = rabbit->process == getpid();

    (ours ? jn_rabbit_leave : jn_rabbit_disown)(&rabbit->receiving, &rabbit->allocator);
    (ours ? jn_rabbit_leave : jn_rabbit_disown)(&rabbit->publishing, &rabbit->allocator);
    free_transport(rabbit);
}

/* Classic queues may keep a later parcel without an earlier one, quorum queues do not. */
#define RABBIT_OPS(prefix)                                                               \
    {                                                                                    \
        .abi = 1, .name = "rabbitmq", .keeps_prefix = prefix,                            \
        .body_bytes = JN_RABBIT_BODY_BYTES, .declare_topic = jn_rabbit_declare_topic,    \
        .declare_queue = jn_rabbit_declare_queue, .publish = jn_rabbit_publish,          \
        .attach = jn_rabbit_attach, .detach = jn_rabbit_detach,                          \
        .receive = jn_rabbit_receive, .settle = jn_rabbit_settle,                        \
        .tend = tend_transport, .wake = wake_transport, .count = jn_rabbit_count,        \
        .purge = jn_rabbit_purge, .remove_queue = jn_rabbit_remove_queue,                \
        .remove_topic = jn_rabbit_remove_topic, .close = close_transport                 \
    }

static const struct jangle_transport_ops ops_of[] = {
    [JANGLE_RABBITMQ_QUORUM] = RABBIT_OPS(true),
    [JANGLE_RABBITMQ_CLASSIC] = RABBIT_OPS(false)};

/* ---- opening ----------------------------------------------------------------------- */

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

static enum jangle_result init_transport(struct jn_rabbit *rabbit,
                                         const struct jangle_broker *broker,
                                         const char *name,
                                         struct jangle_error *error)
{
    enum jangle_result result =
        jn_rabbit_settings_init(&rabbit->settings, &rabbit->allocator, broker, error);

    if (result)
        return result;
    rabbit->transport.ops = &ops_of[rabbit->settings.options.queues];
    rabbit->name = jn_copy_text(&rabbit->allocator, name ? name : "jangle");
    if (!rabbit->name)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    if (!make_pipe(rabbit->woken))
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
        host->allocator.resize ? host->allocator : jn_rabbit_system_memory;
    struct jn_rabbit *rabbit = jn_new(&allocator, sizeof *rabbit);
    enum jangle_result result;

    *transport = NULL;
    if (!rabbit)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    rabbit->host = host;
    rabbit->allocator = allocator;
    rabbit->process = getpid();
    rabbit->woken[0] = rabbit->woken[1] = -1;
    jn_rabbit_receiving_init(rabbit);
    result = init_transport(rabbit, broker, name, error);
    if (result)
        free_transport(rabbit);
    else
        *transport = &rabbit->transport;
    return result;
}

struct jangle_broker jangle_rabbitmq(const char *url,
                                     const struct jangle_rabbitmq_options *options)
{
    return (struct jangle_broker){.url = url, .options = options, .open = open_transport};
}
