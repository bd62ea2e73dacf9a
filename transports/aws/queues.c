/* queues.c - requests about one queue. */
#include "aws/queues.h"

enum jangle_result jn_aws_queue_ask(struct jn_aws *aws,
                                    const char *action,
                                    const char *url,
                                    const char *members,
                                    int64_t until_us,
                                    json_t **answer,
                                    struct jangle_error *error)
{
    struct jn_aws_request request = jn_aws_request_of(aws, JN_AWS_SQS, action);
    enum jangle_result result;

    jn_aws_text_add(&request.body, "{\"QueueUrl\":");
    jn_aws_text_add_json(&request.body, url);
    jn_aws_text_add(&request.body, members);
    jn_aws_text_add(&request.body, "}");
    result = jn_aws_ask(aws, &request, until_us, error);
    if (result == JANGLE_OK && answer) {
        *answer = jn_aws_json_read(request.answer.bytes, request.answer.size);
        if (!*answer)
            result = jangle_error_set(error, JANGLE_BUSY,
                                      "SQS' answer to %s cannot be read", action);
    }
    jn_aws_request_finish(&request);
    return result;
}

enum jangle_result jn_aws_queue_attributes(struct jn_aws *aws,
                                           const char *url,
                                           int64_t until_us,
                                           json_t **attributes,
                                           struct jangle_error *error)
{
    json_t *answer = NULL;
    enum jangle_result result =
        jn_aws_queue_ask(aws, "GetQueueAttributes", url, ",\"AttributeNames\":[\"All\"]",
                         until_us, &answer, error);

    if (result == JANGLE_OK) {
        *attributes = json_incref(json_object_get(answer, "Attributes"));
        if (!json_is_object(*attributes))
            result = jangle_error_set(error, JANGLE_BUSY,
                                      "SQS' answer to GetQueueAttributes has none");
    }
    json_decref(answer);
    return result;
}

/* ---- the policy ---------------------------------------------------------------- */

/* Names of actions are the same in small letters and in capitals. */
static bool is_to_send(const char *action)
{
    static const char small[] = "sqs:sendmessage", capital[] = "SQS:SENDMESSAGE";
    size_t i = 0;

    while (action && i < sizeof small &&
           (action[i] == small[i] || action[i] == capital[i]))
        i++;
    return i == sizeof small;
}

/* Does a statement let that topic send, on no other condition? Those that say it in other
 * words than ours or Melange's are not understood; then it is said twice. */
static bool allows(const json_t *statement, const char *topic_arn)
{
    static const char *const operators[] = {"ArnEquals", "ArnLike"};
    const json_t *condition = json_object_get(statement, "Condition");
    const char *effect = jn_aws_json_text(statement, "Effect");

    if (!effect || strcmp(effect, "Allow") != 0 || json_object_size(condition) != 1 ||
        !is_to_send(jn_aws_json_text(statement, "Action")))
        return false;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        const char *source =
            jn_aws_json_text(json_object_get(condition, operators[i]), "aws:SourceArn");

        if (source && strcmp(source, topic_arn) == 0)
            return true;
    }
    return false;
}

static bool has_right(const json_t *policy, const char *topic_arn)
{
    const json_t *statement;
    size_t i;

    json_array_foreach(json_object_get(policy, "Statement"), i, statement)
    {
        if (allows(statement, topic_arn))
            return true;
    }
    return false;
}

/* Add our statement. A policy whose statement is alone, and in no array, is kept, too. */
static bool add_right(json_t *policy, const char *queue_arn, const char *topic_arn)
{
    json_t *statements = json_object_get(policy, "Statement");
    json_t *ours =
        json_pack("{s:s, s:{s:s}, s:s, s:s, s:{s:{s:s}}}", "Effect", "Allow", "Principal",
                  "Service", "sns.amazonaws.com", "Action", "sqs:SendMessage", "Resource",
                  queue_arn, "Condition", "ArnEquals", "aws:SourceArn", topic_arn);

    if (json_is_object(statements)) {
        json_t *both = json_pack("[O]", statements);

        json_object_set_new(policy, "Statement", both);
        statements = both;
    } else if (!statements) {
        statements = json_array();
        json_object_set_new(policy, "Statement", statements);
    }
    return json_array_append_new(statements, ours) == 0;
}

static enum jangle_result write_policy(struct jn_aws *aws,
                                       const char *url,
                                       const char *policy,
                                       int64_t until_us,
                                       struct jangle_error *error)
{
    struct jn_aws_text members = jn_aws_text_in(&aws->allocator);
    enum jangle_result result;

    jn_aws_text_add(&members, ",\"Attributes\":{\"Policy\":");
    jn_aws_text_add_json(&members, policy);
    jn_aws_text_add(&members, "}");
    result = members.failed
                 ? jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a policy")
                 : jn_aws_queue_ask(aws, "SetQueueAttributes", url, members.bytes,
                                    until_us, NULL, error);
    jn_aws_text_finish(&members);
    return result;
}

static enum jangle_result add_to_policy(struct jn_aws *aws,
                                        const char *url,
                                        const char *text,
                                        const char *topic_arn,
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    json_t *policy = text && *text ? jn_aws_json_read(text, strlen(text))
                                   : json_pack("{s:s}", "Version", "2012-10-17");
    char arn[JN_AWS_ARN_SIZE];
    char *written = NULL;
    enum jangle_result result = JANGLE_OK;

    if (!has_right(policy, topic_arn)) {
        jn_aws_queue_arn(aws, url, arn);
        if (policy && add_right(policy, arn, topic_arn))
            written = json_dumps(policy, JSON_COMPACT);
        result = written ? write_policy(aws, url, written, until_us, error)
                         : jangle_error_set(error, JANGLE_INVALID,
                                            "the policy of the queue %s cannot be read",
                                            JN_SHOWN(200, url));
    }
    if (written) {
        json_free_t release;

        json_get_alloc_funcs(NULL, &release);
        release(written);
    }
    json_decref(policy);
    return result;
}

enum jangle_result jn_aws_queue_allow(struct jn_aws *aws,
                                      const char *url,
                                      const char *topic_arn,
                                      int64_t until_us,
                                      struct jangle_error *error)
{
    json_t *attributes = NULL;
    enum jangle_result result =
        jn_aws_queue_attributes(aws, url, until_us, &attributes, error);

    if (result == JANGLE_OK)
        result = add_to_policy(aws, url, jn_aws_json_text(attributes, "Policy"),
                               topic_arn, until_us, error);
    json_decref(attributes);
    return result;
}
