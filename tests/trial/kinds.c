/* kinds.c - the table of brokers, and what a transport says of the programs' queues. */
#include "trial/kinds.h"

#include <string.h>

static const struct kind *const kinds[] = {
#ifdef TRIAL_RABBITMQ
    &kind_rabbitmq,
#endif
#ifdef TRIAL_NATS
    &kind_nats,
#endif
#ifdef TRIAL_REDIS
    &kind_redis,
#endif
#ifdef TRIAL_AWS
    &kind_aws,
#endif
#ifdef TRIAL_KAFKA
    &kind_kafka,
#endif
    NULL,
};

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; kinds[i]; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

/* ---- the queues of the bank and of loyalty ----------------------------------------- */

const char kind_topic[] = "bank.news";

const struct jangle_queue kind_queues[2] = {
    {.name = "loyalty.news", .topic = kind_topic, .dead = "loyalty.news.dead"},
    {.name = "bank.counter", .dead = "bank.counter.dead"},
};

struct jangle_transport *kind_connect(const struct kind *kind, void *server)
{
    static const struct jangle_host host;
    struct jangle_broker broker = kind->broker(server);
    struct jangle_transport *transport = NULL;

    return broker.open(&broker, &host, "trial", &transport, NULL) ? NULL : transport;
}

bool kind_has_none(struct jangle_transport *transport, const char *queue)
{
    int64_t count = -1;

    return !transport->ops->count(transport, queue, &count, NULL) && count == 0;
}

bool kind_has_no_message(const struct kind *kind, void *server)
{
    struct jangle_transport *transport = kind_connect(kind, server);
    bool none = transport;

    for (size_t i = 0; none && i < 2; i++)
        none = kind_has_none(transport, kind_queues[i].name) &&
               kind_has_none(transport, kind_queues[i].dead);
    if (transport)
        transport->ops->close(transport);
    return none;
}
