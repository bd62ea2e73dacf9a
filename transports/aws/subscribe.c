/* subscribe.c - queues that get what is published to a topic. */
#include "aws/subscribe.h"
#include "aws/queues.h"

static const char no_filter[] = "{}";

/* ---- filter policies ----------------------------------------------------------- */

static bool has_route(const json_t *list, const char *route)
{
    const json_t *each;
    size_t i;

    json_array_foreach(list, i, each)
    {
        if (json_is_string(each) && strcmp(json_string_value(each), route) == 0)
            return true;
    }
    return false;
}

/* Is it {"type":["a","b"]}, as jangle writes it? Then *list is that array. */
static bool is_ours(const json_t *policy, json_t **list)
{
    const json_t *each;
    size_t i;

    *list = json_object_get(policy, "type");
    if (json_object_size(policy) != 1 || !json_is_array(*list))
        return false;
    json_array_foreach(*list, i, each)
    {
        if (!json_is_string(each))
            return false;
    }
    return true;
}

static void write_with_routes(const json_t *list,
                              const char *const *routes,
                              struct jn_aws_text *policy)
{
    const json_t *each;
    bool first = true;
    size_t i;

    jn_aws_text_add(policy, "{\"type\":[");
    json_array_foreach(list, i, each)
    {
        jn_aws_text_add(policy, first ? "" : ",");
        jn_aws_text_add_json(policy, json_string_value(each));
        first = false;
    }
    for (i = 0; routes[i]; i++) {
        if (has_route(list, routes[i]))
            continue;
        jn_aws_text_add(policy, first ? "" : ",");
        jn_aws_text_add_json(policy, routes[i]);
        first = false;
    }
    jn_aws_text_add(policy, "]}");
}

/* The policy with the routes that it lacks. `more` stays empty if it lacks none. False:
 * it is not ours. */
static bool add_routes(const struct jn_aws_text *policy,
                       const char *const *routes,
                       struct jn_aws_text *more)
{
    json_t *json = jn_aws_json_read(policy->bytes, policy->size);
    json_t *list;
    bool ours = is_ours(json, &list);
    bool lacks = false;

    for (size_t i = 0; ours && routes[i]; i++)
        lacks |= !has_route(list, routes[i]);
    if (lacks)
        write_with_routes(list, routes, more);
    json_decref(json);
    return ours;
}

static bool lets_pass(const struct jn_aws_text *policy, const char *route)
{
    json_t *json = policy->size ? jn_aws_json_read(policy->bytes, policy->size) : NULL;
    json_t *list;
    bool passes = !is_ours(json, &list) || (route && has_route(list, route));

    json_decref(json);
    return passes;
}

/* ---- subscribing --------------------------------------------------------------- */

static void
add_attribute(struct jn_aws_text *form, size_t *count, const char *key, const char *value)
{
    char name[48];

    ++*count;
    jn_text_format(name, sizeof name, "Attributes.entry.%zu.key", *count);
    jn_aws_text_add_field(form, name, key);
    jn_text_format(name, sizeof name, "Attributes.entry.%zu.value", *count);
    jn_aws_text_add_field(form, name, value);
}

static enum jangle_result begin_subscription(struct jn_aws *aws,
                                             const char *topic_arn,
                                             const char *queue_arn,
                                             const char *dead_url,
                                             const char *const *routes,
                                             int64_t until_us,
                                             struct jangle_error *error)
{
    struct jn_aws_request request = jn_aws_topic_request(aws, "Subscribe");
    struct jn_aws_text text = jn_aws_text_in(&aws->allocator);
    size_t count = 0;

    jn_aws_text_add_field(&request.body, "TopicArn", topic_arn);
    jn_aws_text_add_field(&request.body, "Protocol", "sqs");
    jn_aws_text_add_field(&request.body, "Endpoint", queue_arn);
    if (!aws->options.wrapped)
        add_attribute(&request.body, &count, "RawMessageDelivery", "true");
    if (dead_url) {
        char arn[JN_AWS_ARN_SIZE];

        jn_aws_queue_arn(aws, dead_url, arn);
        jn_aws_text_add(&text, "{\"deadLetterTargetArn\":");
        jn_aws_text_add_json(&text, arn);
        jn_aws_text_add(&text, "}");
        add_attribute(&request.body, &count, "RedrivePolicy",
                      text.failed ? "" : text.bytes);
    }
    request.body.failed |= text.failed;
    jn_aws_text_clear(&text);
    if (aws->options.filter && routes) {
        write_with_routes(NULL, routes, &text);
        add_attribute(&request.body, &count, "FilterPolicy",
                      text.failed ? "" : text.bytes);
    }
    request.body.failed |= text.failed;
    jn_aws_text_finish(&text);
    return jn_aws_topic_ask(aws, &request, NULL, until_us, error);
}

static enum jangle_result set_filter(struct jn_aws *aws,
                                     const char *arn,
                                     const char *policy,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    struct jn_aws_request request =
        jn_aws_topic_request(aws, "SetSubscriptionAttributes");

    jn_aws_text_add_field(&request.body, "SubscriptionArn", arn);
    jn_aws_text_add_field(&request.body, "AttributeName", "FilterPolicy");
    jn_aws_text_add_field(&request.body, "AttributeValue", policy);
    return jn_aws_topic_ask(aws, &request, NULL, until_us, error);
}

/* A subscription without a filter has all routes. One with a filter gets those that it
 * lacks, whether or not new ones would get a filter. */
static enum jangle_result extend_subscription(struct jn_aws *aws,
                                              const struct jn_aws_subscription *found,
                                              const char *const *routes,
                                              int64_t until_us,
                                              struct jangle_error *error)
{
    struct jn_aws_text policy = jn_aws_text_in(&aws->allocator);
    struct jn_aws_text more = jn_aws_text_in(&aws->allocator);
    enum jangle_result result =
        jn_aws_subscription_filter(aws, found->arn, until_us, &policy, error);

    if (result || !policy.size || strcmp(policy.bytes, no_filter) == 0)
        ; /* nothing to extend */
    else if (!routes)
        result = set_filter(aws, found->arn, no_filter, until_us, error);
    else if (!add_routes(&policy, routes, &more))
        result = jangle_error_set(error, JANGLE_INVALID,
                                  "the subscription of the queue %s has a filter policy "
                                  "that jangle has not written; add the routes there",
                                  JN_SHOWN(200, found->endpoint));
    else if (more.failed)
        result =
            jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a filter policy");
    else if (more.size)
        result = set_filter(aws, found->arn, more.bytes, until_us, error);
    jn_aws_text_finish(&policy);
    jn_aws_text_finish(&more);
    return result;
}

/* The rights come first: what is published before them is lost. */
enum jangle_result jn_aws_subscribe(struct jn_aws *aws,
                                    const char *topic_arn,
                                    const char *url,
                                    const char *dead_url,
                                    const char *const *routes,
                                    int64_t until_us,
                                    struct jangle_error *error)
{
    struct jn_aws_subscription *list = NULL;
    const struct jn_aws_subscription *found;
    char arn[JN_AWS_ARN_SIZE];
    enum jangle_result result = jn_aws_queue_allow(aws, url, topic_arn, until_us, error);

    jn_aws_queue_arn(aws, url, arn);
    if (result == JANGLE_OK && dead_url)
        result = jn_aws_queue_allow(aws, dead_url, topic_arn, until_us, error);
    if (result == JANGLE_OK)
        result = jn_aws_subscriptions_read(aws, topic_arn, until_us, &list, error);
    found = jn_aws_subscription_of(list, arn);
    if (result == JANGLE_OK)
        result = found ? extend_subscription(aws, found, routes, until_us, error)
                       : begin_subscription(aws, topic_arn, arn, dead_url, routes,
                                            until_us, error);
    jn_aws_subscriptions_free(aws, list);
    return result;
}

enum jangle_result jn_aws_unsubscribe(struct jn_aws *aws,
                                      const char *topic_arn,
                                      const char *url,
                                      int64_t until_us,
                                      struct jangle_error *error)
{
    struct jn_aws_subscription *list = NULL;
    const struct jn_aws_subscription *found;
    char arn[JN_AWS_ARN_SIZE];
    enum jangle_result result =
        jn_aws_subscriptions_read(aws, topic_arn, until_us, &list, error);

    jn_aws_queue_arn(aws, url, arn);
    found = jn_aws_subscription_of(list, arn);
    if (result == JANGLE_OK && found) {
        struct jn_aws_request request = jn_aws_topic_request(aws, "Unsubscribe");

        jn_aws_text_add_field(&request.body, "SubscriptionArn", found->arn);
        result = jn_aws_topic_ask(aws, &request, NULL, until_us, error);
    }
    jn_aws_subscriptions_free(aws, list);
    return result;
}

/* ---- asking -------------------------------------------------------------------- */

/* One that has ended since it was listed takes nothing. */
static enum jangle_result subscription_takes(struct jn_aws *aws,
                                             const struct jn_aws_subscription *listed,
                                             const char *route,
                                             int64_t until_us,
                                             bool *takes,
                                             struct jangle_error *error)
{
    struct jn_aws_text policy = jn_aws_text_in(&aws->allocator);
    struct jangle_error why = {0};
    enum jangle_result result =
        jn_aws_subscription_filter(aws, listed->arn, until_us, &policy, &why);

    *takes = result == JANGLE_OK && lets_pass(&policy, route);
    jn_aws_text_finish(&policy);
    if (result == JANGLE_OK || result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    return jangle_error_set(error, result, "%s", why.message);
}

enum jangle_result jn_aws_topic_takes(struct jn_aws *aws,
                                      const char *topic_arn,
                                      const char *route,
                                      int64_t until_us,
                                      bool *takes,
                                      struct jangle_error *error)
{
    struct jn_aws_subscription *list = NULL;
    enum jangle_result result =
        jn_aws_subscriptions_read(aws, topic_arn, until_us, &list, error);

    *takes = false;
    for (const struct jn_aws_subscription *each = list;
         each && result == JANGLE_OK && !*takes; each = each->next)
        result = subscription_takes(aws, each, route, until_us, takes, error);
    jn_aws_subscriptions_free(aws, list);
    return result;
}
