/* send.c - messages are sent, and their confirms are waited for. All of one call are
 * under way at once. The idempotent producer keeps their order in each partition, and
 * `enable.gapless.guarantee` sends nothing behind what has failed. Whenever something is
 * not confirmed, the producer is thrown away: so no confirm that comes later is taken for
 * another's, and nothing of this call is sent behind the next one. */
#include "kafka/send.h"

#include "kafka/asking.h"
#include "kafka/clients.h"
#include "kafka/clock.h"

enum { DOWN_MS = 2000 }; /* how long all brokers may be away before a call gives up */

/* ---- out --------------------------------------------------------------------------- */

/* Is the topic there? The list may be older than the topic. */
static enum jangle_result
find_topic(struct jn_kafka *kafka, const char *topic, struct jangle_error *error)
{
    enum jangle_result result = jn_kafka_look(kafka, JN_KAFKA_FRESH_MS, error);

    if (result || jn_kafka_partitions(kafka, topic))
        return result;
    result = jn_kafka_look(kafka, 0, error);
    if (result || jn_kafka_partitions(kafka, topic))
        return result;
    return jangle_error_set(error, JANGLE_NOT_FOUND,
                            "Kafka has no topic \"%s\", or does not show it to this user",
                            JN_SHOWN(80, topic));
}

static rd_kafka_resp_err_t produce(struct jn_kafka *kafka,
                                   struct jn_kafka_message *message)
{
    const struct jangle_parcel *parcel = message->parcel;
    rd_kafka_headers_t *headers = jn_kafka_headers_make(message);
    const char *body = parcel->body_size ? parcel->body : "";
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = message->topic},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {(void *)(uintptr_t)parcel->key,
                   parcel->key ? strlen(parcel->key) : 0}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {(void *)(uintptr_t)body, parcel->body_size}},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = &message->answer},
    };
    rd_kafka_error_t *error;
    rd_kafka_resp_err_t fault;

    message->answer = RD_KAFKA_RESP_ERR__IN_PROGRESS;
    error = rd_kafka_produceva(kafka->producer, parts, sizeof parts / sizeof *parts);
    fault = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_error_destroy(error);
    if (fault)
        rd_kafka_headers_destroy(headers);
    return fault;
}

/* librdkafka's own queue may be full: it empties while confirms come. */
static enum jangle_result send_one(struct jn_kafka *kafka,
                                   struct jn_kafka_message *message,
                                   int64_t until_us,
                                   struct jangle_error *error)
{
    enum jangle_result result = find_topic(kafka, message->topic, error);
    rd_kafka_resp_err_t fault;

    if (!result)
        result = jn_kafka_need_producer(kafka, error);
    if (result)
        return result;
    if (jn_monotonic_us() >= until_us)
        return jangle_error_set(error, JANGLE_BUSY,
                                "no time is left to publish to Kafka: it has taken too "
                                "long to know whether \"%s\" exists",
                                JN_SHOWN(80, message->topic));
    for (;;) {
        fault = produce(kafka, message);
        if (fault != RD_KAFKA_RESP_ERR__QUEUE_FULL || jn_monotonic_us() >= until_us)
            break;
        rd_kafka_poll(kafka->producer, jn_kafka_ms_until(until_us, JN_KAFKA_SLICE_MS));
    }
    if (!fault)
        return JANGLE_UNKNOWN;
    message->answer = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (fault == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        return jangle_error_set(error, JANGLE_INVALID,
                                "a message for \"%s\" of Kafka is larger than "
                                "`message.max.bytes`, with its key and headers",
                                JN_SHOWN(80, message->topic));
    kafka->is_spoilt = true;
    return jangle_error_set(error, JANGLE_BUSY, "Kafka's producer takes no message: %s",
                            rd_kafka_err2str(fault));
}

/* What cannot be sent ends the call: nothing may be sent behind it. */
static enum jangle_result send_all(struct jn_kafka *kafka,
                                   struct jn_kafka_message *messages,
                                   size_t count,
                                   int64_t until_us,
                                   struct jangle_error *error)
{
    enum jangle_result stopped = JANGLE_OK;

    for (size_t i = 0; i < count; i++) {
        struct jn_kafka_message *message = &messages[i];

        message->answer = RD_KAFKA_RESP_ERR_NO_ERROR;
        if (message->result != JANGLE_UNKNOWN)
            continue;
        message->result = stopped ? stopped : send_one(kafka, message, until_us, error);
        if (message->result == JANGLE_BUSY)
            stopped = JANGLE_BUSY;
    }
    return stopped;
}

/* ---- confirms ---------------------------------------------------------------------- */

static bool is_under_way(const struct jn_kafka_message *messages, size_t count)
{
    while (count > 0)
        if (messages[--count].answer == RD_KAFKA_RESP_ERR__IN_PROGRESS)
            return true;
    return false;
}

/* The time is up, or no broker has been there for long. */
static bool is_over(const struct jn_kafka *kafka, int64_t until_us, int64_t *down_us)
{
    int64_t now_us = jn_monotonic_us();

    if (!kafka->is_down || !*down_us)
        *down_us = now_us;
    return now_us >= until_us || now_us - *down_us > DOWN_MS * 1000;
}

/* A flush, because nothing of this call comes any more: what is in a batch that could
 * take more messages must not wait for them (`linger.ms`). It calls back as a poll does.
 */
static void await_confirms(struct jn_kafka *kafka,
                           const struct jn_kafka_message *messages,
                           size_t count,
                           int64_t until_us)
{
    int64_t down_us = 0;

    while (is_under_way(messages, count) && !is_over(kafka, until_us, &down_us)) {
        rd_kafka_flush(kafka->producer,
                       jn_kafka_ms_until(until_us, JN_KAFKA_SLICE_MS / 5));
    }
}

/* A broker that refuses a message as too large refuses all that came with it. The engine
 * then publishes the first one alone. */
static enum jangle_result read_answer(rd_kafka_resp_err_t answer, bool is_alone)
{
    switch (answer) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return JANGLE_OK;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        return is_alone ? JANGLE_INVALID : JANGLE_TIMEOUT;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        return is_alone ? JANGLE_NOT_FOUND : JANGLE_TIMEOUT;
    default:
        return JANGLE_TIMEOUT;
    }
}

static const char *why_unconfirmed(const struct jn_kafka *kafka,
                                   rd_kafka_resp_err_t answer)
{
    if (answer == RD_KAFKA_RESP_ERR__IN_PROGRESS)
        return *kafka->down ? kafka->down : "no answer came in time";
    return rd_kafka_err2str(answer);
}

static enum jangle_result read_answers(struct jn_kafka *kafka,
                                       struct jn_kafka_message *messages,
                                       size_t count,
                                       struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    bool fails = false;

    for (size_t i = 0; i < count; i++) {
        struct jn_kafka_message *message = &messages[i];

        if (message->result != JANGLE_UNKNOWN)
            continue;
        message->result = read_answer(message->answer, count == 1);
        fails |= message->answer != RD_KAFKA_RESP_ERR_NO_ERROR;
        if (message->result == JANGLE_TIMEOUT && !result)
            result = jangle_error_set(
                error, JANGLE_TIMEOUT, "Kafka has not confirmed a message for \"%s\": %s",
                JN_SHOWN(80, message->topic),
                JN_SHOWN(200, why_unconfirmed(kafka, message->answer)));
    }
    if (fails || kafka->is_spoilt)
        jn_kafka_drop_producer(kafka);
    return result;
}

enum jangle_result jn_kafka_send(struct jn_kafka *kafka,
                                 struct jn_kafka_message *messages,
                                 size_t count,
                                 int64_t until_us,
                                 struct jangle_error *error)
{
    enum jangle_result stopped = send_all(kafka, messages, count, until_us, error);
    enum jangle_result result = JANGLE_OK;

    if (kafka->producer) {
        await_confirms(kafka, messages, count, until_us);
        result = read_answers(kafka, messages, count, error);
    }
    return result ? result : stopped;
}

/* ---- publish ----------------------------------------------------------------------- */

static enum jangle_result check_parcel(const struct jn_kafka *kafka,
                                       const struct jangle_parcel *parcel)
{
    const char *topic = parcel->topic ? parcel->topic : parcel->queue;

    if (!topic || parcel->body_size > kafka->ops.body_bytes)
        return JANGLE_INVALID;
    return jn_kafka_check_name(topic, NULL) ? JANGLE_NOT_FOUND : JANGLE_UNKNOWN;
}

/* A log keeps what it gets, whoever reads it: so what must be queued is, if its topic
 * exists. */
enum jangle_result jn_kafka_publish(struct jangle_transport *base,
                                    struct jangle_parcel *parcels,
                                    size_t count,
                                    int64_t timeout_ms,
                                    struct jangle_error *error)
{
    struct jn_kafka *kafka = jn_kafka_of(base);
    struct jn_kafka_message *messages =
        jn_new(&kafka->allocator, (count + 1) * sizeof *messages);
    enum jangle_result result = JANGLE_NO_MEMORY;

    for (size_t i = 0; i < count; i++)
        parcels[i].result = JANGLE_NO_MEMORY;
    if (!messages)
        return jangle_error_set(error, result, "no memory for messages to Kafka");
    for (size_t i = 0; i < count; i++)
        messages[i] = (struct jn_kafka_message){
            .parcel = &parcels[i],
            .topic = parcels[i].topic ? parcels[i].topic : parcels[i].queue,
            .attempt = parcels[i].attempt,
            .result = check_parcel(kafka, &parcels[i])};
    result =
        jn_kafka_send(kafka, messages, count, jn_monotonic_after_ms(timeout_ms), error);
    for (size_t i = 0; i < count; i++)
        parcels[i].result = messages[i].result;
    jn_free(&kafka->allocator, messages);
    return result;
}
