/* remove.c - what waits is counted and removed, and so are queues and topics. */
#include "nats/remove.h"
#include "nats/bind.h"
#include "nats/bindings.h"
#include "nats/connection.h"
#include "nats/names.h"
#include "nats/unsettled.h"

enum { PASSING_NS = 2000000000 };

static enum jangle_result fail(struct jn_nats *nats,
                               const char *doing,
                               const char *name,
                               natsStatus status,
                               jsErrCode code,
                               struct jangle_error *error)
{
    char what[128];

    jn_text_format(what, sizeof what, "%s \"%s\"", doing, JN_SHOWN(60, name));
    return jn_nats_fail(nats, what, status, code, error);
}

/* What is not there need not be removed. */
static enum jangle_result forgive_missing(enum jangle_result result,
                                          struct jangle_error *error)
{
    if (result != JANGLE_NOT_FOUND)
        return result;
    jn_nats_forgive(error);
    return JANGLE_OK;
}

/* ---- a queue and where it is read ------------------------------------------------- */

struct place {
    char own[JN_NATS_NAME_SIZE];
    char consumer[JN_NATS_NAME_SIZE];
    struct jn_nats_known known;
};

/* NOT_FOUND if there is no such queue. Finish `known` in any case. */
static enum jangle_result find_queue(struct jn_nats *nats,
                                     const char *queue,
                                     struct place *place,
                                     struct jangle_error *error)
{
    enum jangle_result result =
        jn_nats_name(place->own, "queue", queue, JN_NATS_QUEUE, error);

    place->known = (struct jn_nats_known){.count = 0};
    if (!result)
        result = jn_nats_name(place->consumer, "queue", queue, "", error);
    if (!result)
        result = jn_nats_connect(nats, error);
    return result ? result
                  : jn_nats_known_read(nats, place->own, queue, &place->known, error);
}

/* Is this the first binding to its topic? */
static bool is_first(const struct jn_nats_known *known, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(known->bindings[i].stream, known->bindings[index].stream) == 0)
            return false;
    return true;
}

/* ---- count ----------------------------------------------------------------------- */

/* How many of a stream are with us. */
static int64_t count_here(const struct jn_nats *nats, const char *stream)
{
    const struct jn_nats_deliveries *lists[] = {&nats->held, &nats->waiting};
    size_t length = strlen(stream);
    int64_t count = 0;

    for (size_t i = 0; i < 2; i++) {
        const struct jn_nats_delivery *each = lists[i]->head.next;

        for (; each != &lists[i]->head; each = each->next) {
            const char *reply = natsMsg_GetReply(each->message);
            const char *at = reply ? strstr(reply, stream) : NULL;

            count +=
                each->attached && at && at > reply && at[-1] == '.' && at[length] == '.';
        }
    }
    return count;
}

/* How many messages of one route come behind that number: a consumer that lives for the
 * question alone is told. */
static enum jangle_result count_route(struct jn_nats *nats,
                                      const struct jn_nats_binding *binding,
                                      uint64_t behind,
                                      int64_t *count,
                                      struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    char subject[JN_NATS_SUBJECT_SIZE];
    jsConsumerInfo *info = NULL;
    jsConsumerConfig config;
    jsErrCode code = 0;
    natsStatus status;

    JN_NATS_JOIN(subject, sizeof subject, binding->stream, ".", binding->route);
    jsConsumerConfig_Init(&config);
    config.FilterSubject = subject;
    config.AckPolicy = js_AckExplicit;
    config.DeliverPolicy = js_DeliverByStartSequence;
    config.OptStartSeq = behind + 1;
    config.InactiveThreshold = PASSING_NS;
    config.MemoryStorage = true;
    status =
        js_AddConsumer(&info, nats->context, binding->stream, &config, &options, &code);
    if (status)
        return fail(nats, "counting route", binding->route, status, code, error);
    *count += (int64_t)info->NumPending;
    js_DeleteConsumer(nats->context, binding->stream, info->Name, &options, &code);
    jsConsumerInfo_Destroy(info);
    return JANGLE_OK;
}

static enum jangle_result count_routes(struct jn_nats *nats,
                                       const struct jn_nats_known *known,
                                       const char *stream,
                                       uint64_t behind,
                                       int64_t *count,
                                       struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < known->count; i++)
        if (strcmp(known->bindings[i].stream, stream) == 0)
            result = count_route(nats, &known->bindings[i], behind, count, error);
    return result;
}

/* The server does not tell whether a message that was delivered and not acknowledged is
 * with a receiver, or was given back: then nobody knows the count. */
static enum jangle_result count_stream(struct jn_nats *nats,
                                       const struct place *place,
                                       const char *stream,
                                       int64_t *count,
                                       bool *unknown,
                                       struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus status = js_GetConsumerInfo(&info, nats->context, stream, place->consumer,
                                           &options, &code);
    enum jangle_result result = JANGLE_OK;
    bool chooses;

    if (status)
        return fail(nats, "counting queue", place->consumer, status, code, error);
    chooses = strcmp(stream, place->own) != 0 && info->NumPending &&
              !(info->Config->FilterSubject && *info->Config->FilterSubject) &&
              !jn_nats_known_takes(&place->known, stream, JN_NATS_ALL_ROUTES);
    *unknown = *unknown || (info->NumAckPending > count_here(nats, stream) &&
                            jn_nats_is_out(nats, info));
    if (chooses && !*unknown)
        result = count_routes(nats, &place->known, stream, info->Delivered.Stream, count,
                              error);
    else
        *count += (int64_t)info->NumPending;
    jsConsumerInfo_Destroy(info);
    return result;
}

enum jangle_result jn_nats_count(struct jangle_transport *transport,
                                 const char *queue,
                                 int64_t *count,
                                 struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    struct place place;
    bool unknown = false;
    enum jangle_result result = find_queue(nats, queue, &place, error);

    *count = 0;
    if (!result)
        result = count_stream(nats, &place, place.own, count, &unknown, error);
    for (size_t i = 0; !result && i < place.known.count; i++)
        if (is_first(&place.known, i))
            result = count_stream(nats, &place, place.known.bindings[i].stream, count,
                                  &unknown, error);
    jn_nats_known_finish(nats, &place.known);
    if (unknown)
        *count = -1;
    return result;
}

/* ---- purge ----------------------------------------------------------------------- */

/* The stream is that of other queues, too: only this queue's consumer begins again behind
 * all that there is. If it is not there, a purge has failed half way, and without it the
 * queue would get nothing any more. */
static enum jangle_result skip_topic(struct jn_nats *nats,
                                     const char *stream,
                                     const char *queue,
                                     const struct place *place,
                                     struct jangle_error *error)
{
    const char *consumer = place->consumer;
    jsOptions options = jn_nats_asking();
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus status =
        js_GetConsumerInfo(&info, nats->context, stream, consumer, &options, &code);

    if (status && code == JSConsumerNotFoundErr)
        return jn_nats_bind_consumer(nats, queue, place->own, stream, error);
    if (!status)
        status = js_DeleteConsumer(nats->context, stream, consumer, &options, &code);
    if (!status) {
        info->Config->DeliverPolicy = js_DeliverNew;
        info->Config->OptStartSeq = 0;
        status =
            js_AddConsumer(NULL, nats->context, stream, info->Config, &options, &code);
    }
    jsConsumerInfo_Destroy(info);
    return status ? fail(nats, "emptying queue", consumer, status, code, error)
                  : JANGLE_OK;
}

enum jangle_result jn_nats_purge(struct jangle_transport *transport,
                                 const char *queue,
                                 struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    jsOptions options = jn_nats_asking();
    struct place place;
    jsErrCode code = 0;
    natsStatus status;
    enum jangle_result result = find_queue(nats, queue, &place, error);

    if (!result) {
        options.Stream.Purge.Subject = place.own;
        status = js_PurgeStream(nats->context, place.own, &options, &code);
        if (status)
            result = fail(nats, "emptying queue", queue, status, code, error);
    }
    for (size_t i = 0; !result && i < place.known.count; i++)
        if (is_first(&place.known, i))
            result =
                skip_topic(nats, place.known.bindings[i].stream, queue, &place, error);
    jn_nats_known_finish(nats, &place.known);
    return forgive_missing(result, error);
}

/* ---- removal --------------------------------------------------------------------- */

static enum jangle_result delete_stream(struct jn_nats *nats,
                                        const char *stream,
                                        const char *name,
                                        struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    jsErrCode code = 0;
    natsStatus status = js_DeleteStream(nats->context, stream, &options, &code);

    if (!status || code == JSStreamNotFoundErr)
        return JANGLE_OK;
    return fail(nats, "removing", name, status, code, error);
}

static enum jangle_result delete_consumer(struct jn_nats *nats,
                                          const char *stream,
                                          const char *consumer,
                                          struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    jsErrCode code = 0;
    natsStatus status =
        js_DeleteConsumer(nats->context, stream, consumer, &options, &code);

    if (!status || code == JSConsumerNotFoundErr || code == JSStreamNotFoundErr)
        return JANGLE_OK;
    return fail(nats, "removing queue", consumer, status, code, error);
}

/* Its own stream last, because that says which consumers belong to it: after a crash in
 * between the call can be repeated. */
static enum jangle_result
remove_one(struct jn_nats *nats, const char *queue, struct jangle_error *error)
{
    struct place place;
    enum jangle_result result = find_queue(nats, queue, &place, error);

    for (size_t i = 0; !result && i < place.known.count; i++)
        if (is_first(&place.known, i))
            result = delete_consumer(nats, place.known.bindings[i].stream, place.consumer,
                                     error);
    if (!result)
        result = delete_stream(nats, place.own, queue, error);
    jn_nats_known_finish(nats, &place.known);
    return forgive_missing(result, error);
}

enum jangle_result jn_nats_remove_queue(struct jangle_transport *transport,
                                        const struct jangle_queue *queue,
                                        struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    enum jangle_result result = remove_one(nats, queue->name, error);

    return !result && queue->dead ? remove_one(nats, queue->dead, error) : result;
}

static enum jangle_result check_unbound(struct jn_nats *nats,
                                        const char *stream,
                                        const char *topic,
                                        struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus status = js_GetStreamInfo(&info, nats->context, stream, &options, &code);
    int64_t consumers;

    if (status)
        return fail(nats, "removing topic", topic, status, code, error);
    consumers = info->State.Consumers;
    jsStreamInfo_Destroy(info);
    if (!consumers)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_BUSY,
                            "NATS: topic \"%s\" stays, because %lld queues or other "
                            "consumers are bound to it",
                            JN_SHOWN(60, topic), (long long)consumers);
}

enum jangle_result jn_nats_remove_topic(struct jangle_transport *transport,
                                        const char *topic,
                                        struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    char stream[JN_NATS_NAME_SIZE];
    enum jangle_result result = jn_nats_name(stream, "topic", topic, "", error);

    if (!result)
        result = jn_nats_connect(nats, error);
    if (!result)
        result = check_unbound(nats, stream, topic, error);
    if (result)
        return forgive_missing(result, error);
    return delete_stream(nats, stream, topic, error);
}
