/* declare.c - topics and queues are made: streams and consumers. */
#include "nats/declare.h"
#include "nats/bind.h"
#include "nats/bindings.h"
#include "nats/connection.h"
#include "nats/names.h"
#include "nats/stream.h"

enum { TURN_MORE_MS = 2000 };

/* How long the turn of a queue stays with a receiver that says nothing: longer than what
 * it has pulled, so that the next one gets that first. */
static int64_t turn_wait_ms(int64_t ack_wait_ms)
{
    return ack_wait_ms + TURN_MORE_MS;
}

/* ---- topics ---------------------------------------------------------------------- */

/* What all queues have acknowledged is removed, and what no queue takes is not kept. */
enum jangle_result jn_nats_declare_topic(struct jangle_transport *transport,
                                         const char *topic,
                                         struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    char stream[JN_NATS_NAME_SIZE], subjects[JN_NATS_NAME_SIZE + 2];
    char description[JN_NATS_DESCRIPTION_SIZE];
    const char *list[] = {subjects};
    jsStreamConfig config;
    enum jangle_result result = jn_nats_name(stream, "topic", topic, "", error);

    if (!result)
        result = jn_nats_connect(nats, error);
    if (!result)
        result = jn_nats_stream_look(nats, stream, "topic", topic, error);
    if (result != JANGLE_NOT_FOUND)
        return result;
    jn_nats_forgive(error);
    JN_NATS_JOIN(subjects, sizeof subjects, stream, ".>");
    memcpy(description, "jangle topic=", sizeof "jangle topic=");
    jn_nats_text_write(description + 13, sizeof description - 13, topic);
    jsStreamConfig_Init(&config);
    config.Name = stream;
    config.Description = description;
    config.Subjects = list;
    config.SubjectsLen = 1;
    config.Retention = js_InterestPolicy;
    return jn_nats_stream_make(nats, &config, "topic", topic, error);
}

/* ---- consumers ------------------------------------------------------------------- */

static enum jangle_result make_consumer(struct jn_nats *nats,
                                        const char *stream,
                                        jsConsumerConfig *config,
                                        const char *queue,
                                        struct jangle_error *error)
{
    jsOptions options = jn_nats_asking();
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus status = js_GetConsumerInfo(&info, nats->context, stream, config->Durable,
                                           &options, &code);

    jsConsumerInfo_Destroy(info);
    if (status && code != JSConsumerNotFoundErr)
        return jn_nats_declare_fail(nats, "queue", queue, status, code, error);
    if (!status)
        return JANGLE_OK;
    status = js_AddConsumer(NULL, nats->context, stream, config, &options, &code);
    return status ? jn_nats_declare_fail(nats, "queue", queue, status, code, error)
                  : JANGLE_OK;
}

/* ---- a queue's own stream -------------------------------------------------------- */

static void describe_queue(char description[JN_NATS_DESCRIPTION_SIZE],
                           const struct jangle_queue *queue)
{
    char name[3 * JN_NATS_NAME_SIZE], dead[3 * JN_NATS_NAME_SIZE] = "";

    jn_nats_text_write(name, sizeof name, queue->name);
    if (queue->dead)
        jn_nats_text_write(dead, sizeof dead, queue->dead);
    JN_NATS_JOIN(description, JN_NATS_DESCRIPTION_SIZE, "jangle queue=", name,
                 queue->in_order ? " order=1" : " order=0", " dead=", dead);
}

static enum jangle_result make_own_stream(struct jn_nats *nats,
                                          const char *stream,
                                          const struct jangle_queue *queue,
                                          struct jangle_error *error)
{
    char others[JN_NATS_NAME_SIZE + 2], description[JN_NATS_DESCRIPTION_SIZE];
    const char *subjects[] = {stream, others};
    jsStreamConfig config;

    JN_NATS_JOIN(others, sizeof others, stream, ".>");
    describe_queue(description, queue);
    jsStreamConfig_Init(&config);
    config.Name = stream;
    config.Description = description;
    config.Subjects = subjects;
    config.SubjectsLen = 2;
    config.Retention = js_WorkQueuePolicy;
    return jn_nats_stream_make(nats, &config, "queue", queue->name, error);
}

static enum jangle_result check_known(const struct jn_nats_known *known,
                                      const struct jangle_queue *queue,
                                      struct jangle_error *error)
{
    const char *differs = NULL;

    if (*known->name && strcmp(known->name, queue->name) != 0)
        differs = "its name has a point where the other has a _";
    else if (known->in_order != queue->in_order)
        differs = "its in_order differs";
    else if (strcmp(known->dead, queue->dead ? queue->dead : "") != 0)
        differs = "its dead-letter queue differs";
    if (!differs)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "NATS: queue \"%s\" exists, and %s: remove the queue, or "
                            "declare it as it is",
                            JN_SHOWN(60, queue->name), differs);
}

/* With `as_it_is` a queue that exists is not compared. */
static enum jangle_result own_stream(struct jn_nats *nats,
                                     const char *stream,
                                     const struct jangle_queue *queue,
                                     bool as_it_is,
                                     struct jangle_error *error)
{
    struct jn_nats_known known;
    enum jangle_result result =
        jn_nats_known_read(nats, stream, queue->name, &known, error);

    if (result == JANGLE_NOT_FOUND) {
        jn_nats_forgive(error);
        result = make_own_stream(nats, stream, queue, error);
    } else if (!result && !as_it_is) {
        result = check_known(&known, queue, error);
    }
    if (!result)
        result = jn_nats_stream_look(nats, stream, "queue", queue->name, error);
    jn_nats_known_finish(nats, &known);
    return result;
}

/* The server takes it if there is none yet. */
enum jangle_result
jn_nats_make_turn(struct jn_nats *nats, const char *stream, struct jangle_error *error)
{
    char subject[JN_NATS_NAME_SIZE + 8];
    jsPubOptions options;
    jsErrCode code = 0;
    natsStatus status;

    JN_NATS_JOIN(subject, sizeof subject, stream, ".turn");
    jsPubOptions_Init(&options);
    options.MaxWait = JN_NATS_CALL_MS;
    options.ExpectNoMessage = true;
    status = js_Publish(NULL, nats->context, subject, "", 0, &options, &code);
    if (!status || code == JSStreamWrongLastSequenceErr)
        return JANGLE_OK;
    return jn_nats_fail(nats, "declaring the turn of a queue", status, code, error);
}

static enum jangle_result own_consumers(struct jn_nats *nats,
                                        const char *stream,
                                        const struct jangle_queue *queue,
                                        struct jangle_error *error)
{
    char name[JN_NATS_NAME_SIZE], turn[JN_NATS_NAME_SIZE];
    char filter[JN_NATS_NAME_SIZE + 8];
    jsConsumerConfig config;
    enum jangle_result result = jn_nats_name(name, "queue", queue->name, "", error);

    if (!result)
        result = jn_nats_name(turn, "queue", queue->name, "-turn", error);
    if (result)
        return result;
    jn_nats_consumer_describe(nats, &config, name, stream);
    result = make_consumer(nats, stream, &config, queue->name, error);
    if (result || !queue->in_order)
        return result;
    JN_NATS_JOIN(filter, sizeof filter, stream, ".turn");
    jn_nats_consumer_describe(nats, &config, turn, filter);
    config.AckWait = turn_wait_ms(nats->settings.options.ack_wait_ms) * JN_NATS_NS_PER_MS;
    result = make_consumer(nats, stream, &config, queue->name, error);
    return result ? result : jn_nats_make_turn(nats, stream, error);
}

/* ---- queues ---------------------------------------------------------------------- */

static enum jangle_result declare_own(struct jn_nats *nats,
                                      const struct jangle_queue *queue,
                                      bool as_it_is,
                                      struct jangle_error *error)
{
    char stream[JN_NATS_NAME_SIZE];
    enum jangle_result result =
        jn_nats_name(stream, "queue", queue->name, JN_NATS_QUEUE, error);

    if (!result)
        result = own_stream(nats, stream, queue, as_it_is, error);
    if (!result)
        result = own_consumers(nats, stream, queue, error);
    return !result && queue->topic ? jn_nats_bind(nats, queue, stream, error) : result;
}

/* Parcels wait for their next attempt in their own queue, so `retry` is not needed. */
enum jangle_result jn_nats_declare_queue(struct jangle_transport *transport,
                                         const struct jangle_queue *queue,
                                         struct jangle_error *error)
{
    struct jn_nats *nats = (struct jn_nats *)transport;
    struct jangle_queue dead = {.name = queue->dead};
    enum jangle_result result;

    if (queue->expire_ms)
        return jangle_error_set(error, JANGLE_INVALID,
                                "NATS: queue \"%s\" has an expire_ms, and NATS has no "
                                "dead-letter queues of its own: what expires would be "
                                "lost",
                                JN_SHOWN(60, queue->name));
    result = jn_nats_connect(nats, error);
    if (!result && queue->dead)
        result = declare_own(nats, &dead, true, error);
    return result ? result : declare_own(nats, queue, false, error);
}
