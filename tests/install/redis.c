/* redis.c - a program of a stranger: it opens a transport and a dedup, which needs no
 * broker. */
#include <jangle/transport/redis.h>

#include <stdio.h>

static int try_dedup(void)
{
    struct jangle_deduplication once = jangle_redis_dedup("redis://localhost:1");
    struct jangle_host host = {0};
    struct jangle_dedup *dedup = NULL;
    struct jangle_error error = {0};
    enum jangle_result result;

    once.scope = "stranger";
    once.lease_ms = once.keep_ms = 60000;
    if (once.open(&once, &host, &dedup, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    result = dedup->ops->check(dedup, &error);
    dedup->ops->close(dedup);
    return result != JANGLE_BUSY;
}

int main(void)
{
    const struct jangle_redis_options options = {.prefix = "stranger:"};
    struct jangle_broker broker = jangle_redis("redis://localhost:1", &options);
    struct jangle_host host = {0};
    struct jangle_transport *transport = NULL;
    struct jangle_error error = {0};

    if (broker.open(&broker, &host, "stranger", &transport, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    if (transport->ops->declare_topic(transport, "orders", &error) != JANGLE_BUSY)
        return 1;
    transport->ops->close(transport);
    return try_dedup();
}
