/* declare.c - topics and queues that are made sure of. */
#include "aws/declare.h"
#include "aws/clock.h"
#include "aws/queues.h"
#include "aws/subscribe.h"

/* ---- topics -------------------------------------------------------------------- */

/* Is there a topic of this name of the other kind? Then that is the one that is meant, by
 * whoever has made it. */
static enum jangle_result find_any_topic(struct jn_aws *aws,
                                         const char *topic,
                                         int64_t until_us,
                                         bool *found,
                                         struct jangle_error *error)
{
    const struct jn_aws_name *name;
    struct jangle_error why = {0};
    enum jangle_result result;

    jn_aws_name_forget(aws, true, topic); /* it may have been removed meanwhile */
    result = jn_aws_topic_find(aws, topic, until_us, &name, &why);
    *found = result == JANGLE_OK;
    if (result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    return result ? jangle_error_set(error, result, "%s", why.message) : JANGLE_OK;
}

static enum jangle_result make_topic(struct jn_aws *aws,
                                     const char *topic,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    struct jn_aws_request request = jn_aws_topic_request(aws, "CreateTopic");
    bool fifo = !aws->options.standard || jn_aws_name_is_fifo(topic);
    char name[JN_AWS_NAME_SIZE];
    enum jangle_result result = jn_aws_name_write(topic, fifo, name, error);

    if (result) {
        jn_aws_request_finish(&request);
        return result;
    }
    jn_aws_text_add_field(&request.body, "Name", name);
    if (fifo) {
        jn_aws_text_add_field(&request.body, "Attributes.entry.1.key", "FifoTopic");
        jn_aws_text_add_field(&request.body, "Attributes.entry.1.value", "true");
    }
    return jn_aws_topic_ask(aws, &request, NULL, until_us, error);
}

enum jangle_result jn_aws_declare_topic(struct jangle_transport *transport,
                                        const char *topic,
                                        struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    int64_t until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS);
    bool found;
    enum jangle_result result = find_any_topic(aws, topic, until_us, &found, error);

    if (result || found || jn_aws_name_is_whole(topic))
        return result;
    return make_topic(aws, topic, until_us, error);
}

/* ---- queues -------------------------------------------------------------------- */

struct declaring {
    struct jn_aws *aws;
    const struct jangle_queue *queue;
    bool fifo;
    int64_t until_us;
    struct jn_aws_text url;  /* of the queue; empty: it is not there yet */
    struct jn_aws_text dead; /* of its dead-letter queue; empty: it has none */
    struct jangle_error *error;
};

static enum jangle_result refuse(const struct declaring *declaring, const char *why)
{
    return jangle_error_set(declaring->error, JANGLE_INVALID, "the queue %s %s",
                            JN_SHOWN(120, declaring->queue->name), why);
}

/* A name that ends with ".fifo" means no queue without it. */
static enum jangle_result refuse_other_kind(struct declaring *declaring,
                                            const char *given)
{
    char name[JN_AWS_NAME_SIZE];
    enum jangle_result result;

    if (jn_aws_name_is_fifo(given))
        return JANGLE_OK;
    result = jn_aws_name_write(given, !declaring->fifo, name, declaring->error);
    if (result == JANGLE_OK)
        result = jn_aws_queue_url(declaring->aws, name, declaring->until_us,
                                  &declaring->url, declaring->error);
    if (result == JANGLE_OK && declaring->url.size)
        return refuse(declaring,
                      declaring->fifo
                          ? "exists and is no FIFO queue, so it is not in order"
                          : "exists and is a FIFO queue, so it is in order");
    return result;
}

/* Find the queue as it is called at Amazon, and refuse one of the other kind. */
static enum jangle_result find_queue(struct declaring *declaring, const char *given)
{
    struct jn_aws *aws = declaring->aws;
    char name[JN_AWS_NAME_SIZE];
    enum jangle_result result;

    if (jn_aws_name_is_whole(given)) {
        jn_aws_text_add(&declaring->url, given);
        return JANGLE_OK;
    }
    result = refuse_other_kind(declaring, given);
    if (result == JANGLE_OK)
        result = jn_aws_name_write(given, declaring->fifo, name, declaring->error);
    if (result == JANGLE_OK)
        result = jn_aws_queue_url(aws, name, declaring->until_us, &declaring->url,
                                  declaring->error);
    return result;
}

/* ---- what may differ ----------------------------------------------------------- */

/* The last part of a URL or an ARN. */
static const char *last_part(const char *text)
{
    const char *slash = strrchr(text, '/');
    const char *colon = strrchr(text, ':');

    return slash ? slash + 1 : colon ? colon + 1 : text;
}

static enum jangle_result compare_dead(const struct declaring *declaring,
                                       const char *policy)
{
    const char *dead = declaring->queue->dead;
    json_t *json = policy ? jn_aws_json_read(policy, strlen(policy)) : NULL;
    const char *target = jn_aws_json_text(json, "deadLetterTargetArn");
    char name[JN_AWS_NAME_SIZE] = "";
    enum jangle_result result = JANGLE_OK;

    if (dead && jn_aws_name_is_whole(dead))
        jn_text_copy(name, sizeof name, last_part(dead));
    else if (dead)
        result = jn_aws_name_write(dead, declaring->fifo, name, declaring->error);
    if (result == JANGLE_OK && strcmp(target ? last_part(target) : "", name) != 0)
        result =
            jangle_error_set(declaring->error, JANGLE_INVALID,
                             "the queue %s exists with the dead-letter queue \"%s\", not "
                             "\"%s\"",
                             JN_SHOWN(120, declaring->queue->name),
                             JN_SHOWN(120, target ? last_part(target) : ""), name);
    json_decref(json);
    return result;
}

static enum jangle_result compare_queue(const struct declaring *declaring)
{
    json_t *attributes = NULL;
    enum jangle_result result =
        jn_aws_queue_attributes(declaring->aws, declaring->url.bytes, declaring->until_us,
                                &attributes, declaring->error);

    if (result == JANGLE_OK)
        result = compare_dead(declaring, jn_aws_json_text(attributes, "RedrivePolicy"));
    json_decref(attributes);
    return result;
}

/* ---- making -------------------------------------------------------------------- */

enum { KEPT_S = 14 * 86400, RECEIVES_MAX = 1000 };

static void add_attribute(struct jn_aws_text *body, const char *name, const char *value)
{
    jn_aws_text_add(body, ",");
    jn_aws_text_add_json(body, name);
    jn_aws_text_add(body, ":");
    jn_aws_text_add_json(body, value);
}

/* Amazon moves what was received a thousand times, the most it can count to, so that the
 * dead-letter queue is a net under what jangle does itself. */
static void add_redrive(const struct declaring *declaring, struct jn_aws_text *body)
{
    char arn[JN_AWS_ARN_SIZE];
    char policy[JN_AWS_ARN_SIZE + 80];

    jn_aws_queue_arn(declaring->aws, declaring->dead.bytes, arn);
    jn_text_format(policy, sizeof policy,
                   "{\"deadLetterTargetArn\":\"%s\",\"maxReceiveCount\":\"%d\"}", arn,
                   RECEIVES_MAX);
    add_attribute(body, "RedrivePolicy", policy);
}

static void write_queue(const struct declaring *declaring,
                        const char *name,
                        bool is_dead,
                        struct jn_aws_text *body)
{
    const struct jangle_aws_options *options = &declaring->aws->options;

    jn_aws_text_add(body, "{\"QueueName\":");
    jn_aws_text_add_json(body, name);
    jn_aws_text_add(body, ",\"Attributes\":{\"MessageRetentionPeriod\":\"");
    jn_aws_text_add_number(body, KEPT_S);
    jn_aws_text_add(body, "\",\"VisibilityTimeout\":\"");
    jn_aws_text_add_number(body, options->visibility_ms / 1000);
    jn_aws_text_add(body, "\"");
    if (declaring->fifo)
        add_attribute(body, "FifoQueue", "true");
    if (!is_dead && declaring->dead.size)
        add_redrive(declaring, body);
    for (const struct jangle_aws_attribute *each = options->attributes;
         each && each->name; each++)
        add_attribute(body, each->name, each->value);
    jn_aws_text_add(body, "}}");
}

static enum jangle_result make_queue(struct declaring *declaring,
                                     const char *given,
                                     bool is_dead,
                                     struct jn_aws_text *url)
{
    struct jn_aws_request request =
        jn_aws_request_of(declaring->aws, JN_AWS_SQS, "CreateQueue");
    char name[JN_AWS_NAME_SIZE];
    json_t *json = NULL;
    const char *made = NULL;
    enum jangle_result result =
        jn_aws_name_write(given, declaring->fifo, name, declaring->error);

    if (result == JANGLE_OK) {
        write_queue(declaring, name, is_dead, &request.body);
        result =
            jn_aws_ask(declaring->aws, &request, declaring->until_us, declaring->error);
    }
    if (result == JANGLE_OK) {
        json = jn_aws_json_read(request.answer.bytes, request.answer.size);
        made = jn_aws_json_text(json, "QueueUrl");
        jn_aws_text_clear(url);
        jn_aws_text_add(url, made ? made : "");
        if (!made || url->failed)
            result = jangle_error_set(declaring->error, JANGLE_BUSY,
                                      "SQS' answer to CreateQueue has no QueueUrl");
    }
    json_decref(json);
    jn_aws_request_finish(&request);
    return result;
}

/* The dead-letter queue is looked for first: one that exists keeps its attributes. */
static enum jangle_result make_dead(struct declaring *declaring)
{
    const char *dead = declaring->queue->dead;
    char name[JN_AWS_NAME_SIZE];
    enum jangle_result result;

    if (!dead)
        return JANGLE_OK;
    if (jn_aws_name_is_whole(dead)) {
        jn_aws_text_add(&declaring->dead, dead);
        return JANGLE_OK;
    }
    result = jn_aws_name_write(dead, declaring->fifo, name, declaring->error);
    if (result == JANGLE_OK)
        result = jn_aws_queue_url(declaring->aws, name, declaring->until_us,
                                  &declaring->dead, declaring->error);
    if (result == JANGLE_OK && !declaring->dead.size)
        result = make_queue(declaring, dead, true, &declaring->dead);
    return result;
}

/* ---- binding ------------------------------------------------------------------- */

static enum jangle_result bind_queue(const struct declaring *declaring)
{
    const struct jangle_queue *queue = declaring->queue;
    const struct jn_aws_name *topic;
    enum jangle_result result;

    if (!queue->topic)
        return JANGLE_OK;
    result = jn_aws_topic_find(declaring->aws, queue->topic, declaring->until_us, &topic,
                               declaring->error);
    if (result)
        return result;
    if (declaring->fifo && !topic->fifo)
        return refuse(declaring,
                      "is in order, and its topic is a standard one, which "
                      "keeps no order");
    return jn_aws_subscribe(declaring->aws, topic->found, declaring->url.bytes,
                            declaring->dead.size ? declaring->dead.bytes : NULL,
                            queue->routes, declaring->until_us, declaring->error);
}

static enum jangle_result declare_queue(struct declaring *declaring)
{
    const struct jangle_queue *queue = declaring->queue;
    enum jangle_result result;

    if (queue->expire_ms)
        return refuse(declaring,
                      "cannot make letters dead that wait too long, because "
                      "SQS drops what is old");
    result = find_queue(declaring, queue->name);
    if (result == JANGLE_OK && declaring->url.size && !jn_aws_name_is_whole(queue->name))
        result = compare_queue(declaring);
    if (result == JANGLE_OK)
        result = make_dead(declaring);
    if (result == JANGLE_OK && !declaring->url.size)
        result = make_queue(declaring, queue->name, false, &declaring->url);
    return result ? result : bind_queue(declaring);
}

enum jangle_result jn_aws_declare_queue(struct jangle_transport *transport,
                                        const struct jangle_queue *queue,
                                        struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    struct declaring declaring = {.aws = aws,
                                  .queue = queue,
                                  .fifo =
                                      queue->in_order || jn_aws_name_is_fifo(queue->name),
                                  .until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS),
                                  .url = jn_aws_text_in(&aws->allocator),
                                  .dead = jn_aws_text_in(&aws->allocator),
                                  .error = error};
    enum jangle_result result = declare_queue(&declaring);

    jn_aws_text_finish(&declaring.url);
    jn_aws_text_finish(&declaring.dead);
    jn_aws_name_forget(aws, false, queue->name); /* it may be of another kind now */
    if (queue->dead)
        jn_aws_name_forget(aws, false, queue->dead);
    return result;
}
