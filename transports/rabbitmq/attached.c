/* attached.c - the queues that a transport is attached to. */
#include "rabbitmq/attached.h"
#include "rabbitmq/delivery.h"

struct jn_rabbit_attached *jn_rabbit_attached_by_name(const struct jn_rabbit *rabbit,
                                                      const char *queue)
{
    struct jn_rabbit_attached *attached = rabbit->attached;

    while (attached && strcmp(attached->queue.name, queue) != 0)
        attached = attached->next;
    return attached;
}

struct jn_rabbit_attached *jn_rabbit_attached_by_channel(const struct jn_rabbit *rabbit,
                                                         amqp_channel_t channel)
{
    struct jn_rabbit_attached *attached = rabbit->attached;

    while (attached && attached->channel != channel)
        attached = attached->next;
    return attached;
}

/* ---- texts ----------------------------------------------------------------------- */

enum { TEXTS = 6 };

static void list_texts(struct jangle_queue *queue, const char **texts[TEXTS])
{
    const char **all[TEXTS] = {&queue->name,        &queue->topic, &queue->retry,
                               &queue->retry_topic, &queue->dead,  &queue->dead_topic};

    memcpy(texts, all, sizeof all);
}

static void free_text(const struct jangle_allocator *allocator, const char *text)
{
    union {
        const char *constant;
        char *owned;
    } both = {.constant = text};

    jn_free(allocator, both.owned);
}

static void free_routes(const struct jangle_allocator *allocator,
                        struct jangle_queue *queue)
{
    union {
        const char *const *constant;
        const char **owned;
    } routes = {.constant = queue->routes};

    for (size_t i = 0; queue->routes && queue->routes[i]; i++)
        free_text(allocator, queue->routes[i]);
    jn_free(allocator, routes.owned);
    queue->routes = NULL;
}

static bool copy_routes(const struct jangle_allocator *allocator,
                        struct jangle_queue *copy,
                        const char *const *routes)
{
    const char **copies;
    size_t count = 0;

    copy->routes = NULL;
    while (routes && routes[count])
        count++;
    if (!routes)
        return true;
    copy->routes = copies = jn_new(allocator, (count + 1) * sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i] = jn_copy_text(allocator, routes[i]);
        if (!copies[i])
            return false;
    }
    return copies;
}

static void free_texts(const struct jangle_allocator *allocator,
                       struct jangle_queue *queue)
{
    const char **texts[TEXTS];

    list_texts(queue, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        free_text(allocator, *texts[i]);
        *texts[i] = NULL;
    }
    free_routes(allocator, queue);
}

static bool copy_texts(const struct jangle_allocator *allocator,
                       struct jangle_queue *copy,
                       const struct jangle_queue *queue)
{
    const char **texts[TEXTS];
    const char *given[TEXTS];
    bool complete;

    *copy = *queue;
    complete = copy_routes(allocator, copy, queue->routes);
    list_texts(copy, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        given[i] = *texts[i];
        *texts[i] = jn_copy_text(allocator, given[i]);
        complete = complete && (!given[i] || *texts[i]);
    }
    if (!complete)
        free_texts(allocator, copy);
    return complete;
}

/* ---- the list -------------------------------------------------------------------- */

static amqp_channel_t free_channel(const struct jn_rabbit *rabbit)
{
    amqp_channel_t channel = JN_RABBIT_FIRST_QUEUE;

    while (jn_rabbit_attached_by_channel(rabbit, channel))
        channel++;
    return channel;
}

struct jn_rabbit_attached *jn_rabbit_attached_add(struct jn_rabbit *rabbit,
                                                  const struct jangle_queue *queue)
{
    struct jn_rabbit_attached *attached = jn_new(&rabbit->allocator, sizeof *attached);

    if (!attached || !copy_texts(&rabbit->allocator, &attached->queue, queue)) {
        jn_free(&rabbit->allocator, attached);
        return NULL;
    }
    attached->channel = free_channel(rabbit);
    attached->next = rabbit->attached;
    rabbit->attached = attached;
    return attached;
}

static void forget_waiting(struct jn_rabbit *rabbit,
                           const struct jn_rabbit_attached *attached)
{
    struct jn_rabbit_delivery *delivery = rabbit->waiting.head.next;

    while (delivery != &rabbit->waiting.head) {
        struct jn_rabbit_delivery *next = delivery->next;

        if (delivery->attached == attached)
            jn_rabbit_delivery_free(rabbit, delivery);
        delivery = next;
    }
}

void jn_rabbit_attached_lose(struct jn_rabbit *rabbit,
                             struct jn_rabbit_attached *attached)
{
    if (attached->arriving)
        jn_rabbit_delivery_free(rabbit, attached->arriving);
    attached->arriving = NULL;
    attached->consuming = false;
    attached->told = 0;
    forget_waiting(rabbit, attached);
    for (struct jn_rabbit_delivery *delivery = rabbit->held.head.next;
         delivery != &rabbit->held.head; delivery = delivery->next)
        if (delivery->attached == attached)
            delivery->attached = NULL;
}

void jn_rabbit_attached_remove(struct jn_rabbit *rabbit,
                               struct jn_rabbit_attached *attached)
{
    struct jn_rabbit_attached **link = &rabbit->attached;

    jn_rabbit_attached_lose(rabbit, attached);
    while (*link != attached)
        link = &(*link)->next;
    *link = attached->next;
    free_texts(&rabbit->allocator, &attached->queue);
    jn_free(&rabbit->allocator, attached);
}
