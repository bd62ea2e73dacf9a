/* broker_admin.c - what an operator does at a broker: declare and remove topics and
 * queues.
 *
 * Each call has a connection of its own, because that of an endpoint belongs to the
 * endpoint's thread. */
#include "base/error.h"
#include "core/call.h"
#include "core/instance.h"
#include "messaging/admin/left_behind.h"
#include "messaging/consumer/consumer.h"
#include "messaging/consumer/consuming.h"
#include "messaging/endpoint/topics.h"
#include "subscription/hold.h"
#include "subscription/subscription.h"

/* What one call works on. */
struct visit {
    struct jangle *jangle;
    struct jangle_error *error;
    struct jangle_arena arena;
    struct jn_endpoint endpoint; /* its transport is this call's own */
};

/* ---- one endpoint --------------------------------------------------------- */

static const struct jangle_publisher *find_publisher(const struct jangle *jangle,
                                                     const char *name)
{
    const struct jn_publisher_type *type =
        jn_map_find(&jangle->registry.publishers, name);

    return type ? type->publisher : NULL;
}

static enum jangle_result
begin_visit(struct visit *visit, const char *name, const struct jangle_broker *broker)
{
    jn_arena_init(&visit->arena, &visit->jangle->host.host.allocator);
    return jn_endpoint_open(&visit->endpoint, visit->jangle, name, broker, visit->error);
}

static void end_visit(struct visit *visit)
{
    jn_endpoint_close(&visit->endpoint);
    jn_arena_finish(&visit->arena);
}

static enum jangle_result make_inboxes(struct visit *visit,
                                       const struct jangle_consumer *consumer,
                                       struct jn_inboxes *inboxes)
{
    return jn_inboxes_make(inboxes, consumer, &visit->arena, jn_naming_of(visit->jangle),
                           visit->error);
}

/* ---- declare -------------------------------------------------------------- */

static enum jangle_result declare_topics(struct visit *visit,
                                         const struct jangle_publisher *publisher)
{
    struct jangle_transport *transport = visit->endpoint.transport;

    return jn_topics_visit(publisher, jn_naming_of(visit->jangle), transport,
                           transport->ops->declare_topic, visit->error);
}

static enum jangle_result declare_queues(struct visit *visit,
                                         const struct jangle_consumer *consumer)
{
    struct jn_inboxes inboxes;
    enum jangle_result result = make_inboxes(visit, consumer, &inboxes);

    for (size_t i = 0; !result && i < inboxes.count; i++)
        result =
            jn_inbox_declare(&inboxes.items[i], visit->endpoint.transport, visit->error);
    return result;
}

/* A dedup has nothing to declare, but whoever installs a program wants to know that it is
 * there. A follower has none. */
static enum jangle_result check_dedup(struct visit *visit,
                                      const struct jangle_consumer *consumer)
{
    struct jn_consuming *consuming = jn_consuming_find(visit->jangle, consumer->name);

    return consuming ? jn_claims_check(&consuming->claims, visit->error) : JANGLE_OK;
}

static enum jangle_result declare_endpoint(struct visit *visit, const char *name)
{
    const struct jangle_publisher *publisher = find_publisher(visit->jangle, name);
    const struct jangle_consumer *consumer = jn_consumer_find(visit->jangle, name);
    enum jangle_result result;

    if (!publisher && !consumer)
        return jn_endpoint_fail_unknown(name, visit->error);
    result = begin_visit(visit, name, publisher ? publisher->broker : consumer->broker);
    if (!result)
        result = publisher ? declare_topics(visit, publisher)
                           : declare_queues(visit, consumer);
    if (!result && consumer)
        result = check_dedup(visit, consumer);
    end_visit(visit);
    return result;
}

static enum jangle_result declare_all(struct visit *visit)
{
    const struct jangle_config *config = &visit->jangle->config;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < config->publishers.count; i++)
        result = declare_endpoint(visit, config->publishers.items[i]->name);
    for (size_t i = 0; !result && i < config->consumers.count; i++)
        result = declare_endpoint(visit, config->consumers.items[i]->name);
    return result;
}

/* May this thread call a broker now? */
static enum jangle_result check_visit(struct jangle *jangle, struct jangle_error *error)
{
    enum jangle_result result = jn_check_open(jangle, error);

    return result ? result : jn_thread_check_wait(jangle, error);
}

enum jangle_result
jangle_declare(struct jangle *jangle, const char *name, struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct visit visit = {.jangle = jangle, .error = &why};
    enum jangle_result result = check_visit(jangle, &why);

    if (!result)
        result = name ? declare_endpoint(&visit, name) : declare_all(&visit);
    return jn_call_end(jangle, "jangle_declare", result, &why, error);
}

/* ---- remove --------------------------------------------------------------- */

static enum jangle_result remove_topics(struct visit *visit,
                                        const struct jangle_publisher *publisher)
{
    struct jangle_transport *transport = visit->endpoint.transport;

    return jn_topics_visit(publisher, jn_naming_of(visit->jangle), transport,
                           transport->ops->remove_topic, visit->error);
}

static enum jangle_result
remove_inbox(struct visit *visit, const struct jn_inbox *inbox, enum jangle_removal what)
{
    struct jangle_transport *transport = visit->endpoint.transport;
    enum jangle_result result;

    if (what == JANGLE_REMOVE_MESSAGES)
        return transport->ops->purge(transport, inbox->queue.name, visit->error);
    result = transport->ops->remove_queue(transport, &inbox->queue, visit->error);
    if (!result && what == JANGLE_REMOVE_ALL && inbox->queue.topic)
        result =
            transport->ops->remove_topic(transport, inbox->queue.topic, visit->error);
    return result;
}

static enum jangle_result remove_queues(struct visit *visit,
                                        const struct jangle_consumer *consumer,
                                        enum jangle_removal what)
{
    struct jn_inboxes inboxes;
    enum jangle_result result = make_inboxes(visit, consumer, &inboxes);

    for (size_t i = 0; !result && i < inboxes.count; i++)
        result = remove_inbox(visit, &inboxes.items[i], what);
    return result;
}

static enum jangle_result
remove_endpoint(struct visit *visit, const char *name, enum jangle_removal what)
{
    const struct jangle_publisher *publisher = find_publisher(visit->jangle, name);
    const struct jangle_consumer *consumer = jn_consumer_find(visit->jangle, name);
    enum jangle_result result;

    if (!publisher && !consumer)
        return jn_left_behind_remove(visit->jangle, name, what, visit->error);
    result = begin_visit(visit, name, publisher ? publisher->broker : consumer->broker);
    if (!result && consumer)
        result = remove_queues(visit, consumer, what);
    else if (!result && what == JANGLE_REMOVE_ALL)
        result = remove_topics(visit, publisher);
    end_visit(visit);
    return result;
}

enum jangle_result jangle_remove(struct jangle *jangle,
                                 const char *name,
                                 enum jangle_removal what,
                                 struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct visit visit = {.jangle = jangle, .error = &why};
    enum jangle_result result = check_visit(jangle, &why);

    if (!result && (unsigned)what > JANGLE_REMOVE_ALL)
        result = jn_fail(&why, JANGLE_INVALID, "%d is no enum jangle_removal", (int)what);
    if (!result && !name)
        result = jn_fail(&why, JANGLE_INVALID, "no endpoint is named: NULL was given");
    if (!result)
        result = remove_endpoint(&visit, name, what);
    return jn_call_end(jangle, "jangle_remove", result, &why, error);
}
