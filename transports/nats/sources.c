/* sources.c - where an attached queue is read. */
#include "nats/sources.h"
#include "nats/bindings.h"
#include "nats/connection.h"
#include "nats/declare.h"
#include "nats/names.h"

enum { NS_PER_US = 1000 };

/* ---- memory ---------------------------------------------------------------------- */

static void free_text(struct jn_nats *nats, const char *text)
{
    union {
        const char *constant;
        char *owned;
    } both = {.constant = text};

    jn_free(&nats->allocator, both.owned);
}

static void free_sources(struct jn_nats *nats, struct jn_nats_attached *attached)
{
    for (size_t i = 0; i < attached->source_count; i++)
        jn_free(&nats->allocator, attached->sources[i].topic);
    jn_free(&nats->allocator, attached->sources);
    attached->sources = NULL;
    attached->source_count = 0;
}

void jn_nats_sources_free(struct jn_nats *nats, struct jn_nats_attached *attached)
{
    free_sources(nats, attached);
    if (attached->known)
        jn_nats_known_finish(nats, attached->known);
    jn_free(&nats->allocator, attached->known);
    free_text(nats, attached->queue.name);
    free_text(nats, attached->queue.dead);
    jn_free(&nats->allocator, attached);
}

struct jn_nats_attached *jn_nats_sources_make(struct jn_nats *nats,
                                              const struct jangle_queue *queue,
                                              struct jangle_error *error)
{
    struct jn_nats_attached *made = jn_new(&nats->allocator, sizeof *made);

    if (made) {
        made->number = ++nats->next_attached;
        made->queue.name = jn_copy_text(&nats->allocator, queue->name);
        made->queue.dead = jn_copy_text(&nats->allocator, queue->dead);
        made->queue.retry_ms = queue->retry_ms;
        made->known = jn_new(&nats->allocator, sizeof *made->known);
    }
    if (made && made->queue.name && made->known && (made->queue.dead || !queue->dead))
        return made;
    if (made)
        jn_nats_sources_free(nats, made);
    jangle_error_set(error, JANGLE_NO_MEMORY, "NATS: no memory to attach a queue");
    return NULL;
}

/* ---- where a queue is read ------------------------------------------------------- */

static enum jangle_result fail(struct jn_nats *nats,
                               const struct jn_nats_attached *attached,
                               natsStatus status,
                               jsErrCode code,
                               struct jangle_error *error)
{
    char what[128];

    jn_text_format(what, sizeof what, "attaching queue \"%s\"",
                   JN_SHOWN(60, attached->queue.name));
    return jn_nats_fail(nats, what, status, code, error);
}

/* The queue belongs to its receiver for as long as the shortest of its consumers says. */
static enum jangle_result look_at_consumer(struct jn_nats *nats,
                                           struct jn_nats_attached *attached,
                                           struct jn_nats_source *source,
                                           struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus status = js_GetConsumerInfo(&info, nats->context, source->stream,
                                           source->consumer, &options, &code);
    int64_t wait_us;

    if (status)
        return fail(nats, attached, status, code, error);
    wait_us = info->Config->AckWait / NS_PER_US;
    if (source != &attached->turn.source &&
        (!attached->ack_wait_us || wait_us < attached->ack_wait_us))
        attached->ack_wait_us = wait_us;
    jsConsumerInfo_Destroy(info);
    return JANGLE_OK;
}

static enum jangle_result look_at_topic(struct jn_nats *nats,
                                        struct jn_nats_attached *attached,
                                        struct jn_nats_source *source,
                                        struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    char topic[3 * JN_NATS_NAME_SIZE];
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus status =
        js_GetStreamInfo(&info, nats->context, source->stream, &options, &code);

    if (status)
        return fail(nats, attached, status, code, error);
    if (!jn_nats_described(info->Config->Description, "topic=", topic, sizeof topic))
        jn_text_copy(topic, sizeof topic, source->stream);
    source->born = info->Created;
    jsStreamInfo_Destroy(info);
    source->topic = jn_copy_text(&nats->allocator, topic);
    if (source->topic)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_NO_MEMORY, "NATS: no memory to attach a queue");
}

static bool has_source(const struct jn_nats_attached *attached, const char *stream)
{
    for (size_t i = 0; i < attached->source_count; i++)
        if (strcmp(attached->sources[i].stream, stream) == 0)
            return true;
    return false;
}

/* The queue's own stream, and that of each topic to which it is bound. */
static enum jangle_result read_sources(struct jn_nats *nats,
                                       struct jn_nats_attached *attached,
                                       const char *own,
                                       const char *consumer,
                                       struct jangle_error *error)
{
    const struct jn_nats_known *known = attached->known;
    enum jangle_result result = JANGLE_OK;

    attached->sources =
        jn_new(&nats->allocator, (known->count + 1) * sizeof *attached->sources);
    if (!attached->sources)
        return jangle_error_set(error, JANGLE_NO_MEMORY,
                                "NATS: no memory to attach a queue");
    for (size_t i = 0; !result && i <= known->count; i++) {
        const char *stream = i ? known->bindings[i - 1].stream : own;
        struct jn_nats_source *source = &attached->sources[attached->source_count];

        if (has_source(attached, stream))
            continue;
        attached->source_count++;
        jn_text_copy(source->stream, sizeof source->stream, stream);
        jn_text_copy(source->consumer, sizeof source->consumer, consumer);
        source->born = known->born;
        if (i)
            result = look_at_topic(nats, attached, source, error);
        if (!result)
            result = look_at_consumer(nats, attached, source, error);
    }
    return result;
}

static enum jangle_result read_turn(struct jn_nats *nats,
                                    struct jn_nats_attached *attached,
                                    const char *own,
                                    const char *consumer,
                                    struct jangle_error *error)
{
    struct jn_nats_source *source = &attached->turn.source;
    enum jangle_result result;

    *source = (struct jn_nats_source){.topic = NULL};
    jn_text_copy(source->stream, sizeof source->stream, own);
    JN_NATS_JOIN(source->consumer, sizeof source->consumer, consumer, "-turn");
    result = look_at_consumer(nats, attached, source, error);
    return result ? result : jn_nats_make_turn(nats, own, error);
}

static bool keep_dead(struct jn_nats *nats, struct jn_nats_attached *attached)
{
    if (!attached->queue.dead && *attached->known->dead)
        attached->queue.dead = jn_copy_text(&nats->allocator, attached->known->dead);
    return attached->queue.dead || !*attached->known->dead;
}

/* If they cannot be read, the bindings stay those that are known: with fewer of them,
 * what the queue wants would be acknowledged as if it were for others. */
static enum jangle_result read_known(struct jn_nats *nats,
                                     struct jn_nats_attached *attached,
                                     const char *own,
                                     struct jangle_error *error)
{
    struct jn_nats_known known;
    uint64_t queued = 0;
    enum jangle_result result;

    if (natsSubscription_QueuedMsgs(nats->arrivals, &queued))
        queued = 0;
    queued += nats->arrived;
    result = jn_nats_known_read(nats, own, attached->queue.name, &known, error);
    if (result) {
        jn_nats_known_finish(nats, &known);
        return result;
    }
    jn_nats_known_finish(nats, attached->known);
    *attached->known = known;
    attached->known_until = queued;
    return JANGLE_OK;
}

enum jangle_result jn_nats_sources_read(struct jn_nats *nats,
                                        struct jn_nats_attached *attached,
                                        struct jangle_error *error)
{
    char own[JN_NATS_NAME_SIZE], consumer[JN_NATS_NAME_SIZE];
    const char *name = attached->queue.name;
    int64_t ack_wait_us = attached->ack_wait_us;
    enum jangle_result result = jn_nats_name(own, "queue", name, JN_NATS_QUEUE, error);

    if (!result)
        result = jn_nats_name(consumer, "queue", name, "", error);
    if (!result)
        result = read_known(nats, attached, own, error);
    if (result)
        return result;
    free_sources(nats, attached);
    attached->ack_wait_us = 0;
    attached->queue.in_order = attached->known->in_order;
    if (!keep_dead(nats, attached))
        return jangle_error_set(error, JANGLE_NO_MEMORY,
                                "NATS: no memory to attach a queue");
    result = read_sources(nats, attached, own, consumer, error);
    if (!result && attached->queue.in_order)
        result = read_turn(nats, attached, own, consumer, error);
    if (!attached->ack_wait_us) /* what is in hand is prolonged nevertheless */
        attached->ack_wait_us = ack_wait_us;
    return result;
}

bool jn_nats_sources_take(struct jn_nats *nats,
                          struct jn_nats_attached *attached,
                          const struct jn_nats_source *source,
                          const char *subject)
{
    const char *route = subject + strlen(source->stream) + 1;
    char own[JN_NATS_NAME_SIZE];

    if (!source->topic || strlen(subject) <= strlen(source->stream) ||
        jn_nats_known_takes(attached->known, source->stream, route))
        return true;
    if (nats->arrived < attached->known_until)
        return false;
    if (jn_nats_name(own, "queue", attached->queue.name, JN_NATS_QUEUE, NULL) ||
        read_known(nats, attached, own, NULL)) {
        attached->stale = true; /* in doubt it is handed out */
        return true;
    }
    return jn_nats_known_takes(attached->known, source->stream, route);
}
