/* chaos.c - a broker of faults around any other one: it is opened and closed. */
#include "chaos/chaos.h"

#include "chaos/attachment.h"
#include "chaos/calls.h"
#include "chaos/receiving.h"
#include "chaos/sending.h"

/* ---- open ---------------------------------------------------------------------- */

static enum jangle_result check_chaos(const struct jangle_chaos *chaos,
                                      struct jangle_error *error)
{
    const struct {
        const char *name;
        double value;
    } members[] = {
        {"refuse", chaos->refuse}, {"unconfirm", chaos->unconfirm},
        {"repeat", chaos->repeat}, {"give_back", chaos->give_back},
        {"fail", chaos->fail},     {"disconnect", chaos->disconnect},
    };

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!(members[i].value >= 0 && members[i].value <= 1))
            return jangle_error_set(
                error, JANGLE_INVALID,
                "chaos: %s is %g, and must be a probability between 0 "
                "and 1",
                members[i].name, members[i].value);
    if (chaos->delay_ms < 0)
        return jangle_error_set(error, JANGLE_INVALID,
                                "chaos: delay_ms is %lld, and must not be negative",
                                (long long)chaos->delay_ms);
    return JANGLE_OK;
}

/* A seed that was drawn is logged, so that a run can be made again. A number in the log
 * is not larger than INT64_MAX. */
static void choose_seed(struct jn_chaos_transport *transport, const char *name)
{
    const struct jangle_host *host = &transport->host;
    uint64_t seed = transport->chaos.seed;
    struct jangle_log_pair pairs[] = {{.name = "endpoint", .text = name},
                                      {.name = "seed"}};
    struct jangle_log_entry entry = {
        .level = JANGLE_LEVEL_WARNING,
        .topic = "CHAOS",
        .message = "the broker has faults, which the same seed makes again",
        .pairs = pairs,
        .pair_count = 2};

    transport->dice.state = seed;
    if (seed)
        return;
    while (!seed) {
        host->random.fill(host->random.context, &seed, sizeof seed);
        seed &= INT64_MAX;
    }
    transport->dice.state = seed;
    entry.at = host->clock.now(host->clock.context);
    pairs[1].number = (int64_t)seed;
    host->logger.write(host->logger.context, &entry);
}

/* In a child that fork made, the inner transport knows what it must not do. */
static void close_transport(struct jangle_transport *base)
{
    struct jn_chaos_transport *transport = jn_chaos_of(base);
    struct jangle_allocator allocator = transport->host.allocator;

    transport->inner->ops->close(transport->inner);
    while (transport->attachments)
        jn_chaos_attachment_remove(transport, transport->attachments->queue.name);
    jn_free(&allocator, transport->held);
    jn_free(&allocator, transport->copies);
    jn_free(&allocator, transport->out);
    jn_free(&allocator, transport);
}

static const struct jangle_transport_ops ops = {
    .abi = 1,
    .name = "chaos",
    .declare_topic = jn_chaos_declare_topic,
    .declare_queue = jn_chaos_declare_queue,
    .publish = jn_chaos_publish,
    .attach = jn_chaos_attach,
    .detach = jn_chaos_detach,
    .receive = jn_chaos_receive,
    .settle = jn_chaos_settle,
    .tend = jn_chaos_tend,
    .wake = jn_chaos_wake,
    .count = jn_chaos_count,
    .purge = jn_chaos_purge,
    .remove_queue = jn_chaos_remove_queue,
    .remove_topic = jn_chaos_remove_topic,
    .close = close_transport,
    .standing_by = jn_chaos_standing_by,
};

static enum jangle_result open_chaos(const struct jangle_broker *broker,
                                     const struct jangle_host *host,
                                     const char *name,
                                     struct jangle_transport **transport,
                                     struct jangle_error *error)
{
    const struct jangle_chaos_options *options = broker->options;
    enum jangle_result result = check_chaos(options->chaos, error);
    struct jn_chaos_transport *made;

    if (result)
        return result;
    made = jn_new(&host->allocator, sizeof *made);
    if (!made)
        return jn_chaos_full(error);
    made->host = *host;
    made->chaos = *options->chaos;
    result = options->inner->open(options->inner, host, name, &made->inner, error);
    if (result) {
        jn_free(&host->allocator, made);
        return result;
    }
    made->ops = ops;
    made->ops.abi = made->inner->ops->abi; /* the engine refuses what it does not know */
    made->ops.keeps_prefix = made->inner->ops->keeps_prefix;
    made->ops.body_bytes = made->inner->ops->body_bytes;
    made->base.ops = &made->ops;
    choose_seed(made, name);
    *transport = &made->base;
    return JANGLE_OK;
}

struct jangle_broker jangle_chaos_broker(const struct jangle_chaos_options *options)
{
    return (struct jangle_broker){
        .url = options->inner->url, .options = options, .open = open_chaos};
}
