/* remove.c - what waits is counted and removed, and so are queues and topics. After a
 * purge, and after a queue was removed, SQS refuses the next for 60 seconds: BUSY. */
#include "aws/remove.h"
#include "aws/clock.h"
#include "aws/queues.h"
#include "aws/receive.h"
#include "aws/subscribe.h"

#include <stdlib.h>

/* What is not there is not there any more. */
static enum jangle_result unless_missing(enum jangle_result result,
                                         const struct jangle_error *why,
                                         struct jangle_error *error)
{
    if (result == JANGLE_OK || result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    return jangle_error_set(error, result, "%s", why->message);
}

static int64_t number_of(const json_t *attributes, const char *name)
{
    const char *text = jn_aws_json_text(attributes, name);

    return text ? strtoll(text, NULL, 10) : 0;
}

enum jangle_result jn_aws_count(struct jangle_transport *transport,
                                const char *queue,
                                int64_t *count,
                                struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    int64_t until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS);
    const struct jn_aws_name *name;
    json_t *attributes = NULL;
    enum jangle_result result = jn_aws_queue_find(aws, queue, until_us, &name, error);

    if (result)
        return result;
    result = jn_aws_queue_attributes(aws, name->found, until_us, &attributes, error);
    if (result == JANGLE_OK)
        *count = number_of(attributes, "ApproximateNumberOfMessages") +
                 number_of(attributes, "ApproximateNumberOfMessagesDelayed") +
                 jn_aws_waiting_count(aws, queue);
    if (result == JANGLE_NOT_FOUND)
        jn_aws_name_forget(aws, false, queue);
    json_decref(attributes);
    return result;
}

enum jangle_result jn_aws_purge(struct jangle_transport *transport,
                                const char *queue,
                                struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    int64_t until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS);
    const struct jn_aws_name *name;
    struct jangle_error why = {0};
    enum jangle_result result = jn_aws_queue_find(aws, queue, until_us, &name, &why);

    if (result == JANGLE_OK) {
        result =
            jn_aws_queue_ask(aws, "PurgeQueue", name->found, "", until_us, NULL, &why);
        jn_aws_drop_waiting(aws, queue, until_us);
    }
    return unless_missing(result, &why, error);
}

/* ---- queues -------------------------------------------------------------------- */

static enum jangle_result delete_queue(struct jn_aws *aws,
                                       const char *queue,
                                       int64_t until_us,
                                       struct jangle_error *error)
{
    const struct jn_aws_name *name;
    struct jangle_error why = {0};
    enum jangle_result result;

    jn_aws_name_forget(aws, false, queue);
    result = jn_aws_queue_find(aws, queue, until_us, &name, &why);
    if (result == JANGLE_OK)
        result =
            jn_aws_queue_ask(aws, "DeleteQueue", name->found, "", until_us, NULL, &why);
    jn_aws_name_forget(aws, false, queue);
    return unless_missing(result, &why, error);
}

/* The subscription would stay, and SNS would send into the void. */
static enum jangle_result unsubscribe(struct jn_aws *aws,
                                      const struct jangle_queue *queue,
                                      int64_t until_us,
                                      struct jangle_error *error)
{
    const struct jn_aws_name *topic, *name;
    struct jangle_error why = {0};
    enum jangle_result result = JANGLE_OK;

    if (!queue->topic)
        return JANGLE_OK;
    jn_aws_name_forget(aws, true, queue->topic);
    result = jn_aws_topic_find(aws, queue->topic, until_us, &topic, &why);
    if (result == JANGLE_OK)
        result = jn_aws_queue_find(aws, queue->name, until_us, &name, &why);
    if (result == JANGLE_OK)
        result = jn_aws_unsubscribe(aws, topic->found, name->found, until_us, &why);
    return unless_missing(result, &why, error);
}

enum jangle_result jn_aws_remove_queue(struct jangle_transport *transport,
                                       const struct jangle_queue *queue,
                                       struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    int64_t until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS);
    enum jangle_result result = unsubscribe(aws, queue, until_us, error);

    if (result == JANGLE_OK)
        result = delete_queue(aws, queue->name, until_us, error);
    if (result == JANGLE_OK && queue->dead)
        result = delete_queue(aws, queue->dead, until_us, error);
    return result;
}

/* ---- topics -------------------------------------------------------------------- */

static enum jangle_result delete_topic(struct jn_aws *aws,
                                       const char *topic,
                                       const char *arn,
                                       int64_t until_us,
                                       struct jangle_error *error)
{
    struct jn_aws_subscription *list = NULL;
    struct jn_aws_request request;
    enum jangle_result result =
        jn_aws_subscriptions_read(aws, arn, until_us, &list, error);

    if (result == JANGLE_OK && list)
        result = jangle_error_set(error, JANGLE_BUSY,
                                  "the topic %s still has a subscription: %s",
                                  JN_SHOWN(120, topic), JN_SHOWN(200, list->endpoint));
    jn_aws_subscriptions_free(aws, list);
    if (result)
        return result;
    request = jn_aws_topic_request(aws, "DeleteTopic");
    jn_aws_text_add_field(&request.body, "TopicArn", arn);
    return jn_aws_topic_ask(aws, &request, NULL, until_us, error);
}

enum jangle_result jn_aws_remove_topic(struct jangle_transport *transport,
                                       const char *topic,
                                       struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    int64_t until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS);
    const struct jn_aws_name *name;
    struct jangle_error why = {0};
    enum jangle_result result;

    jn_aws_name_forget(aws, true, topic);
    result = jn_aws_topic_find(aws, topic, until_us, &name, &why);
    if (result == JANGLE_OK)
        result = delete_topic(aws, topic, name->found, until_us, &why);
    jn_aws_name_forget(aws, true, topic);
    return unless_missing(result, &why, error);
}
