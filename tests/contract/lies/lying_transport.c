/* lying_transport.c - a transport that keeps all clauses of its contract but one. */
#include "contract/lies/lying_transport.h"

#include <unistd.h>

struct lying_transport *lying_of(struct jangle_transport *transport)
{
    return (struct lying_transport *)transport;
}

struct jangle_transport *honest_of(struct jangle_transport *transport)
{
    return lying_of(transport)->inner;
}

static void remember(char to[LYING_NAME_SIZE], const char *name)
{
    jn_text_copy(to, LYING_NAME_SIZE, name ? name : "");
}

/* ---- the honest operations ----------------------------------------------------- */

enum jangle_result honest_declare_topic(struct jangle_transport *transport,
                                        const char *topic,
                                        struct jangle_error *error)
{
    transport = honest_of(transport);
    return transport->ops->declare_topic(transport, topic, error);
}

enum jangle_result honest_declare_queue(struct jangle_transport *transport,
                                        const struct jangle_queue *queue,
                                        struct jangle_error *error)
{
    struct jangle_transport *inner = honest_of(transport);

    if (queue->dead)
        remember(lying_of(transport)->broker->dead, queue->dead);
    return inner->ops->declare_queue(inner, queue, error);
}

/* The hub has no limit, so the limit is kept here: what is too large is left out. */
enum jangle_result honest_publish(struct jangle_transport *transport,
                                  struct jangle_parcel *parcels,
                                  size_t count,
                                  int64_t timeout_ms,
                                  struct jangle_error *error)
{
    struct jangle_transport *inner = honest_of(transport);
    enum jangle_result result = JANGLE_OK;
    size_t first = 0;

    for (size_t i = 0; i <= count && !result; i++) {
        if (i < count && parcels[i].body_size <= LYING_BODY_BYTES)
            continue;
        result =
            inner->ops->publish(inner, &parcels[first], i - first, timeout_ms, error);
        if (i < count)
            parcels[i].result = JANGLE_INVALID;
        first = i + 1;
    }
    for (size_t i = first; i < count; i++)
        parcels[i].result = result;
    return result;
}

enum jangle_result honest_attach(struct jangle_transport *transport,
                                 const struct jangle_queue *queue,
                                 const struct jangle_log_offset *offsets,
                                 size_t offset_count,
                                 struct jangle_error *error)
{
    struct jangle_transport *inner = honest_of(transport);

    remember(lying_of(transport)->attached, queue->name);
    lying_of(transport)->in_order = queue->in_order;
    return inner->ops->attach(inner, queue, offsets, offset_count, error);
}

enum jangle_result honest_detach(struct jangle_transport *transport,
                                 const char *queue,
                                 struct jangle_error *error)
{
    transport = honest_of(transport);
    return transport->ops->detach(transport, queue, error);
}

enum jangle_result honest_receive(struct jangle_transport *transport,
                                  size_t limit,
                                  size_t bytes,
                                  int64_t wait_ms,
                                  struct jangle_parcel **parcels,
                                  size_t *count,
                                  struct jangle_error *error)
{
    struct lying_transport *liar = lying_of(transport);
    struct jangle_transport *inner = liar->inner;
    enum jangle_result result =
        inner->ops->receive(inner, limit, bytes, wait_ms, parcels, count, error);

    for (size_t i = 0; !result && i < *count && liar->held_count < LYING_HELD_MAX; i++) {
        liar->held[liar->held_count++] = (*parcels)[i];
        liar->broker->held++;
    }
    return result;
}

/* The parcel is not held any more. */
static void let_go(struct lying_transport *liar, const void *receipt)
{
    for (size_t i = 0; i < liar->held_count; i++) {
        if (liar->held[i].receipt != receipt)
            continue;
        memmove(&liar->held[i], &liar->held[i + 1],
                (--liar->held_count - i) * sizeof *liar->held);
        liar->broker->held--;
        return;
    }
}

enum jangle_result honest_settle(struct jangle_transport *transport,
                                 struct jangle_settlement *settlements,
                                 size_t count,
                                 struct jangle_error *error)
{
    struct jangle_transport *inner = honest_of(transport);

    for (size_t i = 0; i < count; i++)
        let_go(lying_of(transport), settlements[i].parcel->receipt);
    return inner->ops->settle(inner, settlements, count, error);
}

enum jangle_result honest_tend(struct jangle_transport *transport,
                               struct jangle_error *error)
{
    transport = honest_of(transport);
    return transport->ops->tend(transport, error);
}

void honest_wake(struct jangle_transport *transport)
{
    transport = honest_of(transport);
    transport->ops->wake(transport);
}

enum jangle_result honest_count(struct jangle_transport *transport,
                                const char *queue,
                                int64_t *count,
                                struct jangle_error *error)
{
    transport = honest_of(transport);
    return transport->ops->count(transport, queue, count, error);
}

enum jangle_result honest_purge(struct jangle_transport *transport,
                                const char *queue,
                                struct jangle_error *error)
{
    transport = honest_of(transport);
    return transport->ops->purge(transport, queue, error);
}

enum jangle_result honest_remove_queue(struct jangle_transport *transport,
                                       const struct jangle_queue *queue,
                                       struct jangle_error *error)
{
    transport = honest_of(transport);
    return transport->ops->remove_queue(transport, queue, error);
}

enum jangle_result honest_remove_topic(struct jangle_transport *transport,
                                       const char *topic,
                                       struct jangle_error *error)
{
    transport = honest_of(transport);
    return transport->ops->remove_topic(transport, topic, error);
}

void honest_close(struct jangle_transport *transport)
{
    struct lying_transport *liar = lying_of(transport);
    struct jangle_allocator allocator = liar->host.allocator;

    liar->inner->ops->close(liar->inner);
    liar->broker->held -= (int)liar->held_count;
    jn_free(&allocator, liar);
}

const char *honest_standing_by(struct jangle_transport *transport)
{
    transport = honest_of(transport);
    return transport->ops->standing_by(transport);
}

/* ---- open ---------------------------------------------------------------------- */

static const struct jangle_transport_ops honest_ops = {
    .abi = 1,
    .name = "liar",
    .keeps_prefix = true,
    .body_bytes = LYING_BODY_BYTES,
    .declare_topic = honest_declare_topic,
    .declare_queue = honest_declare_queue,
    .publish = honest_publish,
    .attach = honest_attach,
    .detach = honest_detach,
    .receive = honest_receive,
    .settle = honest_settle,
    .tend = honest_tend,
    .wake = honest_wake,
    .count = honest_count,
    .purge = honest_purge,
    .remove_queue = honest_remove_queue,
    .remove_topic = honest_remove_topic,
    .close = honest_close,
    .standing_by = honest_standing_by,
};

static void tell(struct jangle_transport_ops *ops, const struct jangle_transport_ops *lie)
{
#define TELL(name)                                                                       \
    if (lie->name)                                                                       \
    ops->name = lie->name
    TELL(declare_topic);
    TELL(declare_queue);
    TELL(publish);
    TELL(attach);
    TELL(detach);
    TELL(receive);
    TELL(settle);
    TELL(tend);
    TELL(wake);
    TELL(count);
    TELL(purge);
    TELL(remove_queue);
    TELL(remove_topic);
    TELL(close);
    TELL(standing_by);
#undef TELL
}

enum jangle_result honest_open(const struct jangle_broker *broker,
                               const struct jangle_host *host,
                               const char *name,
                               struct jangle_transport **transport,
                               struct jangle_error *error)
{
    struct lying_broker *options = *(struct lying_broker *const *)broker->options;
    struct lying_transport *liar;
    enum jangle_result result;

    if (strncmp(broker->url, "lie://", 6) != 0)
        return jangle_error_set(error, JANGLE_INVALID, "this is no URL of a liar");
    liar = jn_new(&host->allocator, sizeof *liar);
    if (!liar)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a liar");
    liar->ops = honest_ops;
    if (options->lie)
        tell(&liar->ops, &options->lie->ops);
    liar->base.ops = &liar->ops;
    liar->broker = options;
    liar->host = *host;
    liar->name = name;
    liar->first_of_name = *name;
    liar->process = getpid();
    result = options->inner.open(&options->inner, host, name, &liar->inner, error);
    if (result)
        jn_free(&host->allocator, liar);
    else
        *transport = &liar->base;
    return result;
}

struct jangle_broker lying_broker_of(struct lying_broker *broker)
{
    static struct lying_broker *only;
    lying_open_fn *open = broker->lie ? broker->lie->open : NULL;

    only = broker;
    return (struct jangle_broker){
        .url = LYING_URL, .options = &only, .open = open ? open : honest_open};
}

void lying_broker_finish(struct lying_broker *broker)
{
    while (broker->kept_count)
        honest_close(broker->kept[--broker->kept_count]);
}

/* ---- what several lies do -------------------------------------------------------- */

void settle_held(struct lying_transport *transport, enum jangle_disposition disposition)
{
    while (transport->held_count) {
        struct jangle_settlement settlement = {.parcel = &transport->held[0],
                                               .disposition = disposition};
        struct jangle_parcel parcel = transport->held[0];

        settlement.parcel = &parcel;
        honest_settle(&transport->base, &settlement, 1, NULL);
    }
}

void give_back_held(struct lying_transport *transport)
{
    char name[LYING_NAME_SIZE];
    const struct jangle_queue queue = {.name = name, .in_order = transport->in_order};

    memcpy(name, transport->attached, sizeof name);
    honest_detach(&transport->base, name, NULL);
    transport->broker->held -= (int)transport->held_count;
    transport->held_count = 0;
    honest_attach(&transport->base, &queue, NULL, 0, NULL);
}
