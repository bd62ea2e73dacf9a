/* left_behind.c - endpoints that this program no longer has: measured, and what was
 * declared for them is removed. */
#include "messaging/admin/left_behind.h"

#include "core/instance.h"
#include "messaging/endpoint/declared.h"
#include "messaging/endpoint/endpoint.h"
#include "subscription/hold.h"
#include "subscription/subscription.h"

#include <string.h>

/* What one call works on. */
struct visit {
    struct jangle *jangle;
    const char *name;
    struct jangle_arena arena;
    struct jn_declared declared;
    struct jn_endpoint endpoint; /* its transport is this call's own */
    struct jangle_error *error;
};

/* ---- the broker ----------------------------------------------------------- */

/* The endpoint may have had a broker of its own, which only its program knows. */
static enum jangle_result open_broker(struct visit *visit)
{
    struct jangle *jangle = visit->jangle;
    const char *transport = visit->declared.transport;
    enum jangle_result result;

    if (!jangle->config.broker.open)
        return jn_fail(visit->error, JANGLE_INVALID,
                       "\"%s\" was declared at a broker of %s, and this program has no "
                       "config.broker",
                       visit->name, transport);
    result = jn_endpoint_open(&visit->endpoint, jangle, visit->name, NULL, visit->error);
    if (result || !strcmp(visit->endpoint.transport->ops->name, transport))
        return result;
    return jn_fail(
        visit->error, JANGLE_INVALID,
        "\"%s\" was declared at a broker of %s, and config.broker is one of %s",
        visit->name, transport, visit->endpoint.transport->ops->name);
}

static enum jangle_result begin_visit(struct visit *visit)
{
    jn_arena_init(&visit->arena, &visit->jangle->host.host.allocator);
    return jn_declared_read(visit->jangle, visit->name, &visit->arena, &visit->declared,
                            visit->error);
}

static void end_visit(struct visit *visit)
{
    jn_endpoint_close(&visit->endpoint);
    jn_arena_finish(&visit->arena);
}

/* ---- removed -------------------------------------------------------------- */

static enum jangle_result refuse_inbox(struct visit *visit,
                                       const struct jangle_consumer *consumer)
{
    struct jn_inboxes inboxes;
    enum jangle_result result = jn_inboxes_make(
        &inboxes, consumer, &visit->arena, jn_naming_of(visit->jangle), visit->error);

    for (size_t i = 0; !result && i < inboxes.count; i++)
        for (size_t at = 0; at < visit->declared.queues.count; at++)
            if (!strcmp(inboxes.items[i].names.queue,
                        visit->declared.queues.items[at].name))
                return jn_fail(visit->error, JANGLE_INVALID,
                               "the queue \"%s\", which \"%s\" had, belongs to the "
                               "consumer \"%s\" now",
                               JN_SHOWN(60, inboxes.items[i].names.queue), visit->name,
                               consumer->name);
    return result;
}

/* A queue may have passed to another consumer. */
static enum jangle_result check_queues(struct visit *visit)
{
    const struct jangle_consumers *consumers = &visit->jangle->config.consumers;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < consumers->count; i++)
        result = refuse_inbox(visit, consumers->items[i]);
    return result;
}

/* Those at the front are removed first, so that `queues` is what is left. */
static enum jangle_result remove_queues(struct visit *visit, enum jangle_removal what)
{
    struct jangle_transport *transport = visit->endpoint.transport;
    struct jn_declared_queues *queues = &visit->declared.queues;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < queues->count; i++) {
        struct jangle_queue queue = jn_declared_queue_of(&queues->items[i]);

        result = what == JANGLE_REMOVE_MESSAGES
                     ? transport->ops->purge(transport, queue.name, visit->error)
                     : transport->ops->remove_queue(transport, &queue, visit->error);
    }
    return result;
}

static bool has_topic(const struct jn_declared *declared, const char *name)
{
    for (size_t i = 0; i < declared->topics.count; i++)
        if (!strcmp(declared->topics.items[i].name, name))
            return true;
    return false;
}

/* The queues are gone. The topics that they were bound to are still there. */
static enum jangle_result keep_topics(struct visit *visit)
{
    struct jn_declared *declared = &visit->declared;

    for (size_t i = 0; i < declared->queues.count; i++) {
        const char *topic = declared->queues.items[i].topic;

        if (*topic && !has_topic(declared, topic))
            jangle_list_add(&visit->arena, &declared->topics, jn_declared_topic,
                            .name = topic);
    }
    declared->queues.count = 0;
    return jn_arena_check(&visit->arena, visit->error);
}

static enum jangle_result remove_topics(struct visit *visit)
{
    struct jangle_transport *transport = visit->endpoint.transport;
    struct jn_declared *declared = &visit->declared;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < declared->topics.count; i++)
        result = transport->ops->remove_topic(transport, declared->topics.items[i].name,
                                              visit->error);
    if (!result)
        declared->topics.count = 0;
    return result;
}

static enum jangle_result store_declared(const struct visit *visit)
{
    return jn_declared_store(visit->jangle, visit->name, &visit->declared, visit->error);
}

/* What fails half way can be called again: removing what does not exist is OK. A topic
 * that others read stays, and then the queues are gone all the same. */
static enum jangle_result remove_all(struct visit *visit, enum jangle_removal what)
{
    enum jangle_result result = check_queues(visit);

    if (!result)
        result = open_broker(visit);
    if (!result)
        result = remove_queues(visit, what);
    if (result || what == JANGLE_REMOVE_MESSAGES)
        return result;
    result = keep_topics(visit);
    if (!result)
        result = store_declared(visit);
    if (result || what == JANGLE_REMOVE_QUEUES)
        return result;
    result = remove_topics(visit);
    return result ? result : store_declared(visit);
}

/* A program that has the endpoint may run beside this one. */
static enum jangle_result remove_owned(struct visit *visit, enum jangle_removal what)
{
    struct jangle_store *store = visit->jangle->store;
    struct jangle_error why = {0};
    bool unclean = false;
    enum jangle_result result = store->ops->own(store, visit->name, &unclean, &why);

    if (result == JANGLE_BUSY)
        return jn_fail(visit->error, result,
                       "another process runs \"%s\": remove it there", visit->name);
    if (result)
        return jn_fail_as(visit->error, &why);
    result = remove_all(visit, what);
    store->ops->disown(store, visit->name, unclean);
    return result;
}

enum jangle_result jn_left_behind_remove(struct jangle *jangle,
                                         const char *name,
                                         enum jangle_removal what,
                                         struct jangle_error *error)
{
    struct visit visit = {.jangle = jangle, .name = name, .error = error};
    enum jangle_result result;

    if (jn_check_leader(jangle, error))
        return JANGLE_INVALID;
    result = begin_visit(&visit);
    if (!result)
        result = remove_owned(&visit, what);
    else if (result == JANGLE_NOT_FOUND)
        jn_endpoint_fail_unknown(name, error);
    end_visit(&visit);
    return result;
}

/* ---- measured ------------------------------------------------------------- */

/* Nobody is attached to the queues, so nobody else counts what fills them. */
static void count_waiting(struct visit *visit, struct jangle_endpoint_stats *stats)
{
    const struct jn_declared_queues *queues = &visit->declared.queues;
    int64_t waiting = 0;
    enum jangle_result result = jn_thread_check_wait(visit->jangle, visit->error);

    if (!result)
        result = open_broker(visit);
    for (size_t i = 0; !result && waiting >= 0 && i < queues->count; i++) {
        struct jangle_transport *transport = visit->endpoint.transport;
        int64_t count = -1;

        result =
            transport->ops->count(transport, queues->items[i].name, &count, visit->error);
        waiting = count < 0 ? -1 : waiting + count;
    }
    stats->connected = !result;
    stats->waiting = result ? -1 : waiting;
    if (result)
        jn_text_show(stats->reason, sizeof stats->reason, visit->error->message);
}

enum jangle_result jn_left_behind_measure(struct jangle *jangle,
                                          const char *name,
                                          struct jangle_endpoint_stats *stats,
                                          struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct visit visit = {.jangle = jangle, .name = name, .error = &why};
    enum jangle_result result = begin_visit(&visit);

    if (!result) {
        *stats = (struct jangle_endpoint_stats){
            .consumer = visit.declared.consumer, .left_behind = true, .waiting = -1};
        if (visit.declared.queues.count)
            count_waiting(&visit, stats);
    } else if (result == JANGLE_NOT_FOUND) {
        jn_endpoint_fail_unknown(name, error);
    } else {
        jn_fail_as(error, &why);
    }
    end_visit(&visit);
    return result;
}
