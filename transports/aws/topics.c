/* topics.c - requests about topics and their subscriptions. */
#include "aws/topics.h"

struct jn_aws_request jn_aws_topic_request(const struct jn_aws *aws, const char *action)
{
    struct jn_aws_request request = jn_aws_request_of(aws, JN_AWS_SNS, action);

    jn_aws_text_add_field(&request.body, "Action", action);
    jn_aws_text_add_field(&request.body, "Version", "2010-03-31");
    return request;
}

static bool
pass_leaf(void *context, const char *parent, const char *name, const char *text)
{
    (void)context, (void)parent, (void)name, (void)text;
    return true;
}

enum jangle_result jn_aws_topic_ask(struct jn_aws *aws,
                                    struct jn_aws_request *request,
                                    const struct jn_aws_xml_visitor *visitor,
                                    int64_t until_us,
                                    struct jangle_error *error)
{
    static const struct jn_aws_xml_visitor nobody = {.leaf = pass_leaf};
    enum jangle_result result = jn_aws_ask(aws, request, until_us, error);

    if (result == JANGLE_OK &&
        !jn_aws_xml_visit(request->answer.bytes, request->answer.size,
                          visitor ? visitor : &nobody))
        result = jangle_error_set(error, JANGLE_BUSY, "SNS' answer to %s cannot be read",
                                  request->action);
    jn_aws_request_finish(request);
    return result;
}

/* ---- subscriptions ------------------------------------------------------------- */

struct listing {
    struct jn_aws *aws;
    struct jn_aws_subscription *list;
    struct jn_aws_subscription reading;
    bool is_of_queue;
    char next_token[2048]; /* "": there is no other page */
};

static bool
take_leaf(void *context, const char *parent, const char *name, const char *text)
{
    struct listing *listing = context;

    if (strcmp(name, "NextToken") == 0)
        jn_text_copy(listing->next_token, sizeof listing->next_token, text);
    if (strcmp(parent, "member") != 0)
        return true;
    if (strcmp(name, "SubscriptionArn") == 0)
        jn_text_copy(listing->reading.arn, JN_AWS_ARN_SIZE, text);
    if (strcmp(name, "Endpoint") == 0)
        jn_text_copy(listing->reading.endpoint, JN_AWS_ARN_SIZE, text);
    if (strcmp(name, "Protocol") == 0)
        listing->is_of_queue = strcmp(text, "sqs") == 0;
    return true;
}

/* SNS lists one that is not confirmed yet as "PendingConfirmation", and one that has
 * ended for a while as "Deleted". */
static bool is_subscribed(const struct listing *listing)
{
    return listing->is_of_queue && jn_aws_name_is_whole(listing->reading.arn);
}

static bool end_member(void *context, const char *name)
{
    struct listing *listing = context;
    struct jn_aws_subscription *copy;

    if (strcmp(name, "member") != 0 || !is_subscribed(listing))
        return true;
    copy = jn_copy(&listing->aws->allocator, &listing->reading, sizeof *copy);
    if (!copy)
        return false;
    copy->next = listing->list;
    listing->list = copy;
    listing->is_of_queue = false;
    return true;
}

enum jangle_result jn_aws_subscriptions_read(struct jn_aws *aws,
                                             const char *topic_arn,
                                             int64_t until_us,
                                             struct jn_aws_subscription **list,
                                             struct jangle_error *error)
{
    struct listing listing = {.aws = aws};
    const struct jn_aws_xml_visitor visitor = {
        .leaf = take_leaf, .end = end_member, .context = &listing};
    enum jangle_result result;

    do {
        struct jn_aws_request request =
            jn_aws_topic_request(aws, "ListSubscriptionsByTopic");

        jn_aws_text_add_field(&request.body, "TopicArn", topic_arn);
        if (*listing.next_token)
            jn_aws_text_add_field(&request.body, "NextToken", listing.next_token);
        listing.next_token[0] = '\0';
        result = jn_aws_topic_ask(aws, &request, &visitor, until_us, error);
    } while (result == JANGLE_OK && *listing.next_token);
    *list = listing.list;
    return result;
}

void jn_aws_subscriptions_free(struct jn_aws *aws, struct jn_aws_subscription *list)
{
    while (list) {
        struct jn_aws_subscription *next = list->next;

        jn_free(&aws->allocator, list);
        list = next;
    }
}

const struct jn_aws_subscription *
jn_aws_subscription_of(const struct jn_aws_subscription *list, const char *queue_arn)
{
    while (list && strcmp(list->endpoint, queue_arn) != 0)
        list = list->next;
    return list;
}

/* ---- filters ------------------------------------------------------------------- */

struct attribute {
    char key[64];
    struct jn_aws_text *policy;
};

static bool
take_attribute(void *context, const char *parent, const char *name, const char *text)
{
    struct attribute *attribute = context;

    if (strcmp(parent, "entry") != 0)
        return true;
    if (strcmp(name, "key") == 0)
        jn_text_copy(attribute->key, sizeof attribute->key, text);
    else if (strcmp(name, "value") == 0 && strcmp(attribute->key, "FilterPolicy") == 0)
        jn_aws_text_add(attribute->policy, text);
    return !attribute->policy->failed;
}

enum jangle_result jn_aws_subscription_filter(struct jn_aws *aws,
                                              const char *arn,
                                              int64_t until_us,
                                              struct jn_aws_text *policy,
                                              struct jangle_error *error)
{
    struct jn_aws_request request =
        jn_aws_topic_request(aws, "GetSubscriptionAttributes");
    struct attribute attribute = {.policy = policy};
    const struct jn_aws_xml_visitor visitor = {.leaf = take_attribute,
                                               .context = &attribute};

    jn_aws_text_add_field(&request.body, "SubscriptionArn", arn);
    return jn_aws_topic_ask(aws, &request, &visitor, until_us, error);
}
