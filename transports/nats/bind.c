/* bind.c - a queue is bound to its topic: by messages that say so, and by a consumer. */
#include "nats/bind.h"
#include "nats/bindings.h"
#include "nats/connection.h"
#include "nats/names.h"
#include "nats/stream.h"

enum { TRIES = 5 };

/* ---- bindings -------------------------------------------------------------------- */

/* Twice the same is harmless, so no two programs need to agree. */
static enum jangle_result bind_route(struct jn_nats *nats,
                                     const char *stream,
                                     const char *topic,
                                     const char *route,
                                     struct jangle_error *error)
{
    char subject[JN_NATS_SUBJECT_SIZE];
    jsPubOptions options;
    jsErrCode code = 0;
    natsStatus status;

    if (!JN_NATS_JOIN(subject, sizeof subject, stream, ".bind.", topic, ".", route))
        return jangle_error_set(error, JANGLE_INVALID,
                                "NATS: the binding to route \"%s\" is too long",
                                JN_SHOWN(60, route));
    jsPubOptions_Init(&options);
    options.MaxWait = JN_NATS_CALL_MS;
    status = js_Publish(NULL, nats->context, subject, "", 0, &options, &code);
    if (!status)
        return JANGLE_OK;
    return jn_nats_fail(nats, "binding a queue to its topic", status, code, error);
}

static enum jangle_result bind_one(struct jn_nats *nats,
                                   const struct jn_nats_known *known,
                                   const char *stream,
                                   const char *topic,
                                   const char *route,
                                   struct jangle_error *error)
{
    char written[JN_NATS_SUBJECT_SIZE];

    if (!jn_nats_route_write(written, sizeof written, route))
        return jangle_error_set(error, JANGLE_INVALID, "NATS: route \"%s\" is too long",
                                JN_SHOWN(60, route));
    if (jn_nats_known_takes(known, topic, written))
        return JANGLE_OK;
    return bind_route(nats, stream, topic, written, error);
}

static enum jangle_result bind_all(struct jn_nats *nats,
                                   const struct jangle_queue *queue,
                                   const char *stream,
                                   const char *topic,
                                   struct jangle_error *error)
{
    struct jn_nats_known known;
    enum jangle_result result =
        jn_nats_known_read(nats, stream, queue->name, &known, error);

    if (!result && !queue->routes &&
        !jn_nats_known_takes(&known, topic, JN_NATS_ALL_ROUTES))
        result = bind_route(nats, stream, topic, JN_NATS_ALL_ROUTES, error);
    for (size_t i = 0; !result && queue->routes && queue->routes[i]; i++)
        result = bind_one(nats, &known, stream, topic, queue->routes[i], error);
    jn_nats_known_finish(nats, &known);
    return result;
}

/* ---- the consumer of a topic ------------------------------------------------------ */

/* A server before 2.10 knows one filter. With more routes the queue gets all, and skips
 * those that are not its own. */
static void write_filter(const struct jn_nats_known *known,
                         const char *topic,
                         char *filter,
                         size_t size)
{
    const char *only;

    *filter = '\0';
    if (jn_nats_known_routes(known, topic, &only) == 1 &&
        strcmp(only, JN_NATS_ALL_ROUTES) != 0)
        JN_NATS_JOIN(filter, size, topic, ".", only);
}

static enum jangle_result refilter(struct jn_nats *nats,
                                   const char *topic,
                                   const char *filter,
                                   const jsConsumerInfo *info,
                                   const char *queue,
                                   struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    const char *known = info->Config->FilterSubject;
    jsErrCode code = 0;
    natsStatus status;

    if (strcmp(known ? known : "", filter) == 0)
        return JANGLE_OK;
    info->Config->FilterSubject = *filter ? filter : NULL;
    status = js_UpdateConsumer(NULL, nats->context, topic, info->Config, &options, &code);
    info->Config->FilterSubject = known;
    return status ? jn_nats_declare_fail(nats, "queue", queue, status, code, error)
                  : JANGLE_OK;
}

/* It begins behind what was published before it was there. */
static enum jangle_result topic_consumer(struct jn_nats *nats,
                                         const char *queue,
                                         const char *topic,
                                         const char *filter,
                                         struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    char name[JN_NATS_NAME_SIZE];
    jsConsumerInfo *info = NULL;
    jsConsumerConfig config;
    jsErrCode code = 0;
    natsStatus status;
    enum jangle_result result = jn_nats_name(name, "queue", queue, "", error);

    if (result)
        return result;
    status = js_GetConsumerInfo(&info, nats->context, topic, name, &options, &code);
    if (!status) {
        result = refilter(nats, topic, filter, info, queue, error);
        jsConsumerInfo_Destroy(info);
        return result;
    }
    if (code != JSConsumerNotFoundErr)
        return jn_nats_declare_fail(nats, "queue", queue, status, code, error);
    jn_nats_consumer_describe(nats, &config, name, *filter ? filter : NULL);
    config.DeliverPolicy = js_DeliverNew;
    status = js_AddConsumer(NULL, nats->context, topic, &config, &options, &code);
    return status ? jn_nats_declare_fail(nats, "queue", queue, status, code, error)
                  : JANGLE_OK;
}

static enum jangle_result read_filter(struct jn_nats *nats,
                                      const char *queue,
                                      const char *own,
                                      const char *topic,
                                      char filter[JN_NATS_SUBJECT_SIZE],
                                      struct jangle_error *error)
{
    struct jn_nats_known known;
    enum jangle_result result = jn_nats_known_read(nats, own, queue, &known, error);

    if (!result)
        write_filter(&known, topic, filter, JN_NATS_SUBJECT_SIZE);
    jn_nats_known_finish(nats, &known);
    return result;
}

/* Somebody may bind another route while we look, and we would set the filter of before:
 * then nothing of that route would come. So the bindings are read again afterwards. Who
 * sets the filter last sees all of them, because each is written before. */
enum jangle_result jn_nats_bind_consumer(struct jn_nats *nats,
                                         const char *queue,
                                         const char *own,
                                         const char *topic,
                                         struct jangle_error *error)
{
    char filter[JN_NATS_SUBJECT_SIZE], after[JN_NATS_SUBJECT_SIZE];
    enum jangle_result result = read_filter(nats, queue, own, topic, after, error);

    for (int tries = 0; !result && tries < TRIES; tries++) {
        memcpy(filter, after, sizeof filter);
        result = topic_consumer(nats, queue, topic, filter, error);
        if (!result)
            result = read_filter(nats, queue, own, topic, after, error);
        if (!result && strcmp(filter, after) == 0)
            return JANGLE_OK;
    }
    return result ? result
                  : jangle_error_set(error, JANGLE_BUSY,
                                     "NATS: the bindings of queue \"%s\" do not stay the "
                                     "same for long enough to declare it",
                                     JN_SHOWN(60, queue));
}

enum jangle_result jn_nats_bind(struct jn_nats *nats,
                                const struct jangle_queue *queue,
                                const char *stream,
                                struct jangle_error *error)
{
    char topic[JN_NATS_NAME_SIZE];
    enum jangle_result result = jn_nats_name(topic, "topic", queue->topic, "", error);

    if (!result)
        result = jn_nats_stream_look(nats, topic, "topic", queue->topic, error);
    if (!result)
        result = bind_all(nats, queue, stream, topic, error);
    return result ? result
                  : jn_nats_bind_consumer(nats, queue->name, stream, topic, error);
}
