/* nats.c - NATS JetStream as a broker of jangle: its descriptor, opening and closing. */
#include "nats/attached.h"
#include "nats/connection.h"
#include "nats/declare.h"
#include "nats/delivery.h"
#include "nats/memory.h"
#include "nats/publish.h"
#include "nats/receive.h"
#include "nats/remove.h"
#include "nats/settle.h"
#include "nats/tend.h"
#include "nats/unresolved.h"
#include "nats/url.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { BIRTH_BYTES = 16 };

/* ---- closing --------------------------------------------------------------------- */

static void free_deliveries(struct jn_nats *nats, struct jn_nats_deliveries *list)
{
    struct jn_nats_delivery *first;

    while ((first = jn_nats_deliveries_first(list)))
        jn_nats_delivery_free(nats, first);
}

static void free_transport(struct jn_nats *nats)
{
    free_deliveries(nats, &nats->held);
    free_deliveries(nats, &nats->waiting);
    jn_nats_attached_finish(nats);
    jn_nats_unresolved_finish(nats);
    jn_nats_settings_finish(&nats->settings, &nats->allocator);
    jn_mutex_finish(&nats->mutex);
    jn_free(&nats->allocator, nats->parcels);
    jn_free(&nats->allocator, nats->name);
    jn_free(&nats->allocator, nats);
}

static void close_transport(struct jangle_transport *transport)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    int64_t until_us = jn_monotonic_after_ms(JN_NATS_LEAVE_MS);

    if (nats->process != getpid())
        jn_nats_disown(nats);
    while (nats->attached && nats->connection && jn_monotonic_us() < until_us)
        jn_nats_detach(transport, nats->attached->queue.name, NULL);
    jn_nats_drop(nats);
    free_transport(nats);
}

static const struct jangle_transport_ops ops = {.abi = 1,
                                                .name = "nats",
                                                .keeps_prefix = false,
                                                .body_bytes = JN_NATS_BODY_BYTES,
                                                .declare_topic = jn_nats_declare_topic,
                                                .declare_queue = jn_nats_declare_queue,
                                                .publish = jn_nats_publish,
                                                .attach = jn_nats_attach,
                                                .detach = jn_nats_detach,
                                                .receive = jn_nats_receive,
                                                .settle = jn_nats_settle,
                                                .tend = jn_nats_tend,
                                                .wake = jn_nats_wake,
                                                .count = jn_nats_count,
                                                .purge = jn_nats_purge,
                                                .remove_queue = jn_nats_remove_queue,
                                                .remove_topic = jn_nats_remove_topic,
                                                .close = close_transport,
                                                .standing_by = jn_nats_standing_by};

/* ---- opening --------------------------------------------------------------------- */

/* No other transport, here or elsewhere, has the same: the server knows doubles by it,
 * and sends answers to it. libnats could make one, but makes the same ones in two
 * processes that fork has parted, and so may a host whose random bytes are those of a
 * test. */
static enum jangle_result make_birth(struct jn_nats *nats, struct jangle_error *error)
{
    unsigned char bytes[BIRTH_BYTES];
    int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? -1 : read(file, bytes, sizeof bytes);

    if (file >= 0)
        close(file);
    if (size != (ssize_t)sizeof bytes)
        return jangle_error_set(error, JANGLE_BUSY,
                                "NATS: the system gives no random bytes");
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(nats->birth + 2 * i, 3, "%02x", bytes[i]);
    return JANGLE_OK;
}

static enum jangle_result init_transport(struct jn_nats *nats,
                                         const struct jangle_broker *broker,
                                         const char *name,
                                         struct jangle_error *error)
{
    enum jangle_result result =
        jn_nats_settings_init(&nats->settings, &nats->allocator, broker, error);

    if (!result)
        result = make_birth(nats, error);
    if (result)
        return result;
    nats->name = jn_copy_text(&nats->allocator, name ? name : "jangle");
    if (!nats->name)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    return JANGLE_OK;
}

static enum jangle_result open_transport(const struct jangle_broker *broker,
                                         const struct jangle_host *host,
                                         const char *name,
                                         struct jangle_transport **transport,
                                         struct jangle_error *error)
{
    struct jangle_allocator allocator =
        host->allocator.resize ? host->allocator : jn_nats_system_memory;
    struct jn_nats *nats = jn_new(&allocator, sizeof *nats);
    enum jangle_result result;

    *transport = NULL;
    if (!nats || jn_mutex_init(&nats->mutex)) {
        jn_free(&allocator, nats);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    }
    nats->transport.ops = &ops;
    nats->host = host;
    nats->allocator = allocator;
    nats->process = getpid();
    nats->file = -1;
    jn_nats_deliveries_init(&nats->waiting);
    jn_nats_deliveries_init(&nats->held);
    result = init_transport(nats, broker, name, error);
    if (result)
        free_transport(nats);
    else
        *transport = &nats->transport;
    return result;
}

struct jangle_broker jangle_nats(const char *url,
                                 const struct jangle_nats_options *options)
{
    return (struct jangle_broker){.url = url, .options = options, .open = open_transport};
}
