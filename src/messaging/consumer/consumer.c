/* consumer.c - all consumers of an instance: opened, closed, and given their turns. */
#include "messaging/consumer/consumer.h"

#include "messaging/consumer/consuming.h"
#include "subscription/subscription.h"

#include <string.h>

enum {
    WAIT_MS = 1000,    /* for messages, at a time */
    SLEEP_US = 1000000 /* at a time, while nothing can be done */
};

struct jn_consumers {
    size_t count;
    struct jn_consuming items[];
};

/* ---- open and close ------------------------------------------------------- */

enum jangle_result jn_consumers_open(struct jangle *jangle, struct jangle_error *error)
{
    const struct jangle_consumers *table = &jangle->config.consumers;
    struct jn_consumers *consumers;
    enum jangle_result result = JANGLE_OK;

    if (!table->count || jangle->config.follower)
        return JANGLE_OK;
    consumers = jn_new(&jangle->host.host.allocator,
                       sizeof *consumers + table->count * sizeof *consumers->items);
    if (!consumers)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    jangle->consumers = consumers;
    while (!result && consumers->count < table->count) {
        size_t i = consumers->count++;

        result = jn_consuming_open(&consumers->items[i], jangle, table->items[i], error);
    }
    if (result)
        jn_consumers_close(jangle);
    return result;
}

void jn_consumers_close(struct jangle *jangle)
{
    struct jn_consumers *consumers = jangle->consumers;

    if (!consumers)
        return;
    for (size_t i = 0; i < consumers->count; i++)
        jn_consuming_close(&consumers->items[i]);
    jn_free(&jangle->host.host.allocator, consumers);
    jangle->consumers = NULL;
}

void jn_consumers_wake(struct jangle *jangle)
{
    struct jn_consumers *consumers = jangle->consumers;

    for (size_t i = 0; consumers && i < consumers->count; i++) {
        struct jangle_transport *transport = consumers->items[i].endpoint.transport;

        transport->ops->wake(transport);
        jn_handling_wake(&consumers->items[i].handling);
    }
}

struct jn_consuming *jn_consuming_at(struct jangle *jangle, size_t index)
{
    return &jangle->consumers->items[index];
}

const struct jangle_consumer *jn_consumer_find(const struct jangle *jangle,
                                               const char *name)
{
    const struct jangle_consumers *consumers = &jangle->config.consumers;

    for (size_t i = 0; name && i < consumers->count; i++)
        if (!strcmp(consumers->items[i]->name, name))
            return consumers->items[i];
    return NULL;
}

struct jn_consuming *jn_consuming_find(struct jangle *jangle, const char *name)
{
    struct jn_consumers *consumers = jangle->consumers;

    for (size_t i = 0; consumers && i < consumers->count; i++)
        if (!strcmp(consumers->items[i].consumer->name, name))
            return &consumers->items[i];
    return NULL;
}

void jn_consuming_handle(struct jn_consuming *consuming)
{
    jn_handling_work(&consuming->handling);
}

void jn_consumers_poll(struct jangle *jangle, int64_t *done)
{
    for (size_t i = 0; jangle->consumers && i < jangle->consumers->count; i++)
        jn_consuming_step(&jangle->consumers->items[i], 0, done);
}

void jn_consuming_run(struct jn_consuming *consuming)
{
    struct jangle *jangle = consuming->endpoint.jangle;
    struct jn_dispatch *dispatch = jangle->dispatch;
    int64_t done = 0, left_us;

    jn_consuming_step(consuming, WAIT_MS, &done);
    left_us = jn_consuming_wait_us(consuming);
    if (left_us <= 0)
        return;
    jn_endpoint_tend(&consuming->endpoint, NULL);
    jn_mutex_lock(&dispatch->mutex);
    if (!atomic_load(&jangle->stopping))
        jn_cond_wait_for(&dispatch->own_work, &dispatch->mutex,
                         left_us < SLEEP_US ? left_us : SLEEP_US);
    jn_mutex_unlock(&dispatch->mutex);
}
