/* redis.c - a program of a stranger: it opens a transport, which needs no broker. */
#include <jangle/transport/redis.h>

#include <stdio.h>

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
    return 0;
}
