/* abandon.c - the connections of an instance, in a child that fork made. */
#include "messaging/endpoint/abandon.h"

#include "messaging/consumer/consumer.h"
#include "messaging/consumer/consuming.h"
#include "messaging/publisher/outgoing.h"
#include "subscription/subscription.h"

static void close_transport(struct jn_endpoint *endpoint)
{
    if (endpoint->transport)
        endpoint->transport->ops->close(endpoint->transport);
    endpoint->transport = NULL;
}

void jn_endpoints_abandon(struct jangle *jangle)
{
    struct jn_dispatch *dispatch = jangle->dispatch;

    for (size_t i = 0; dispatch && i < dispatch->count; i++)
        if (dispatch->subscriptions[i].publishing)
            close_transport(&dispatch->subscriptions[i].publishing->endpoint);
    for (size_t i = 0; jangle->consumers && i < jangle->config.consumers.count; i++)
        close_transport(&jn_consuming_at(jangle, i)->endpoint);
}
