/* names.c - what topics and queues are called at Amazon. */
#include "aws/names.h"
#include "aws/wire/json.h"
#include "aws/wire/xml.h"

static const char ending[] = ".fifo";

enum { ENDING = sizeof ending - 1 };

bool jn_aws_name_is_whole(const char *given)
{
    return strncmp(given, "arn:", 4) == 0 || strstr(given, "://");
}

bool jn_aws_name_is_fifo(const char *found)
{
    size_t size = strlen(found);

    return size > ENDING && strcmp(found + size - ENDING, ending) == 0;
}

static bool is_allowed(char character)
{
    return (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '-' || character == '_';
}

enum jangle_result jn_aws_name_write(const char *given,
                                     bool fifo,
                                     char name[JN_AWS_NAME_SIZE],
                                     struct jangle_error *error)
{
    size_t size = strlen(given) - (jn_aws_name_is_fifo(given) ? ENDING : 0);

    if (!*given || size + (fifo ? ENDING : 0) >= JN_AWS_NAME_SIZE)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "a topic or a queue is called \"%s\"; AWS takes names of 1 "
            "to %d characters, with \".fifo\"",
            JN_SHOWN(120, given), JN_AWS_NAME_SIZE - 1);
    for (size_t i = 0; i < size; i++)
        name[i] = is_allowed(given[i]) ? given[i] : '_';
    memcpy(name + size, fifo ? ending : "", fifo ? ENDING + 1 : 1);
    return JANGLE_OK;
}

/* ---- what was found ------------------------------------------------------------ */

static struct jn_aws_name **place_of(struct jn_aws *aws, bool is_topic, const char *given)
{
    struct jn_aws_name **place = &aws->names;

    while (*place &&
           ((*place)->is_topic != is_topic || strcmp((*place)->given, given) != 0))
        place = &(*place)->next;
    return place;
}

static void free_name(struct jn_aws *aws, struct jn_aws_name *name)
{
    jn_free(&aws->allocator, name->given);
    jn_free(&aws->allocator, name->found);
    jn_free(&aws->allocator, name);
}

static enum jangle_result remember(struct jn_aws *aws,
                                   bool is_topic,
                                   const char *given,
                                   const char *found,
                                   const struct jn_aws_name **remembered,
                                   struct jangle_error *error)
{
    struct jn_aws_name *name = jn_new(&aws->allocator, sizeof *name);

    if (name) {
        name->is_topic = is_topic;
        name->fifo = jn_aws_name_is_fifo(found);
        name->given = jn_copy_text(&aws->allocator, given);
        name->found = jn_copy_text(&aws->allocator, found);
        if (name->given && name->found) {
            name->next = aws->names;
            *remembered = aws->names = name;
            return JANGLE_OK;
        }
        free_name(aws, name);
    }
    return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a name of AWS");
}

void jn_aws_name_forget(struct jn_aws *aws, bool is_topic, const char *given)
{
    struct jn_aws_name **place = place_of(aws, is_topic, given);
    struct jn_aws_name *name = *place;

    if (!name)
        return;
    *place = name->next;
    free_name(aws, name);
}

void jn_aws_names_finish(struct jn_aws *aws)
{
    while (aws->names) {
        struct jn_aws_name *name = aws->names;

        aws->names = name->next;
        free_name(aws, name);
    }
}

/* ---- queues -------------------------------------------------------------------- */

static enum jangle_result read_url(const struct jn_aws_request *request,
                                   struct jn_aws_text *url,
                                   struct jangle_error *error)
{
    json_t *json = jn_aws_json_read(request->answer.bytes, request->answer.size);
    const char *text = jn_aws_json_text(json, "QueueUrl");

    if (text)
        jn_aws_text_add(url, text);
    json_decref(json);
    if (url->failed)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a queue's URL");
    return text ? JANGLE_OK
                : jangle_error_set(error, JANGLE_BUSY,
                                   "AWS' answer to %s has no QueueUrl", request->action);
}

enum jangle_result jn_aws_queue_url(struct jn_aws *aws,
                                    const char *name,
                                    int64_t until_us,
                                    struct jn_aws_text *url,
                                    struct jangle_error *error)
{
    struct jn_aws_request request = jn_aws_request_of(aws, JN_AWS_SQS, "GetQueueUrl");
    struct jangle_error why = {0};
    enum jangle_result result;

    jn_aws_text_clear(url);
    jn_aws_text_add(&request.body, "{\"QueueName\":");
    jn_aws_text_add_json(&request.body, name);
    jn_aws_text_add(&request.body, "}");
    result = jn_aws_ask(aws, &request, until_us, &why);
    if (result == JANGLE_OK)
        result = read_url(&request, url, &why);
    jn_aws_request_finish(&request);
    if (result && result != JANGLE_NOT_FOUND)
        return jangle_error_set(error, result, "%s", why.message);
    jn_aws_text_add(url, "");
    return url->failed
               ? jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a queue's URL")
               : JANGLE_OK;
}

/* Look for a name in both forms; `url` stays empty if there is none. */
static enum jangle_result look_for_queue(struct jn_aws *aws,
                                         const char *given,
                                         int64_t until_us,
                                         struct jn_aws_text *url,
                                         struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (int fifo = 1; fifo >= 0 && result == JANGLE_OK && !url->size; fifo--) {
        char name[JN_AWS_NAME_SIZE];

        if (!fifo && jn_aws_name_is_fifo(given))
            break;
        result = jn_aws_name_write(given, fifo, name, error);
        if (result == JANGLE_OK)
            result = jn_aws_queue_url(aws, name, until_us, url, error);
    }
    return result;
}

enum jangle_result jn_aws_queue_find(struct jn_aws *aws,
                                     const char *given,
                                     int64_t until_us,
                                     const struct jn_aws_name **name,
                                     struct jangle_error *error)
{
    struct jn_aws_text url = jn_aws_text_in(&aws->allocator);
    enum jangle_result result;

    *name = *place_of(aws, false, given);
    if (*name)
        return JANGLE_OK;
    if (jn_aws_name_is_whole(given))
        return remember(aws, false, given, given, name, error);
    result = look_for_queue(aws, given, until_us, &url, error);
    if (result == JANGLE_OK && !url.size)
        result = jangle_error_set(error, JANGLE_NOT_FOUND, "SQS has no queue %s",
                                  JN_SHOWN(120, given));
    if (result == JANGLE_OK)
        result = remember(aws, false, given, url.bytes, name, error);
    jn_aws_text_finish(&url);
    return result;
}

/* ---- ARNs ---------------------------------------------------------------------- */

static const char *partition_of(const struct jn_aws *aws)
{
    if (strncmp(aws->region, "cn-", 3) == 0)
        return "aws-cn";
    return strncmp(aws->region, "us-gov-", 7) == 0 ? "aws-us-gov" : "aws";
}

void jn_aws_queue_arn(const struct jn_aws *aws,
                      const char *url,
                      char arn[JN_AWS_ARN_SIZE])
{
    const char *name = strrchr(url, '/');
    const char *account = name;
    char owner[32] = "";

    while (account && account > url && account[-1] != '/')
        account--;
    if (account && (size_t)(name - account) < sizeof owner)
        memcpy(owner, account, (size_t)(name - account));
    jn_text_format(arn, JN_AWS_ARN_SIZE, "arn:%s:sqs:%s:%s:%s", partition_of(aws),
                   aws->region, owner, name ? name + 1 : url);
}

/* ---- our account --------------------------------------------------------------- */

static bool
take_account(void *context, const char *parent, const char *name, const char *text)
{
    struct jn_aws *aws = context;

    (void)parent;
    if (strcmp(name, "Account") == 0)
        jn_text_copy(aws->account, sizeof aws->account, text);
    return true;
}

/* STS tells the account to everybody, whatever rights one has. */
enum jangle_result
jn_aws_reach(struct jn_aws *aws, int64_t until_us, struct jangle_error *error)
{
    struct jn_aws_request request =
        jn_aws_request_of(aws, JN_AWS_STS, "GetCallerIdentity");
    const struct jn_aws_xml_visitor visitor = {.leaf = take_account, .context = aws};
    enum jangle_result result;

    jn_aws_text_add_field(&request.body, "Action", request.action);
    jn_aws_text_add_field(&request.body, "Version", "2011-06-15");
    result = jn_aws_ask(aws, &request, until_us, error);
    if (result == JANGLE_OK &&
        (!jn_aws_xml_visit(request.answer.bytes, request.answer.size, &visitor) ||
         !*aws->account))
        result = jangle_error_set(error, JANGLE_BUSY,
                                  "AWS' answer to GetCallerIdentity has no account");
    jn_aws_request_finish(&request);
    return result;
}

/* ---- topics -------------------------------------------------------------------- */

static bool
take_nothing(void *context, const char *parent, const char *name, const char *text)
{
    (void)context, (void)parent, (void)name, (void)text;
    return true;
}

static enum jangle_result ask_for_topic(struct jn_aws *aws,
                                        const char *arn,
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    const struct jn_aws_xml_visitor visitor = {.leaf = take_nothing};
    struct jn_aws_request request =
        jn_aws_request_of(aws, JN_AWS_SNS, "GetTopicAttributes");
    enum jangle_result result;

    jn_aws_text_add_field(&request.body, "Action", request.action);
    jn_aws_text_add_field(&request.body, "Version", "2010-03-31");
    jn_aws_text_add_field(&request.body, "TopicArn", arn);
    result = jn_aws_ask(aws, &request, until_us, error);
    if (result == JANGLE_OK &&
        !jn_aws_xml_visit(request.answer.bytes, request.answer.size, &visitor))
        result = jangle_error_set(error, JANGLE_BUSY,
                                  "AWS' answer to GetTopicAttributes cannot be read");
    jn_aws_request_finish(&request);
    return result;
}

static enum jangle_result look_for_topic(struct jn_aws *aws,
                                         const char *given,
                                         int64_t until_us,
                                         char arn[JN_AWS_ARN_SIZE],
                                         struct jangle_error *error)
{
    enum jangle_result result =
        *aws->account ? JANGLE_OK : jn_aws_reach(aws, until_us, error);

    if (result)
        return result;
    for (int fifo = 1; fifo >= 0; fifo--) {
        struct jangle_error why = {0};
        char name[JN_AWS_NAME_SIZE];

        if (!fifo && jn_aws_name_is_fifo(given))
            break;
        result = jn_aws_name_write(given, fifo, name, error);
        if (result)
            return result;
        jn_text_format(arn, JN_AWS_ARN_SIZE, "arn:%s:sns:%s:%s:%s", partition_of(aws),
                       aws->region, aws->account, name);
        result = ask_for_topic(aws, arn, until_us, &why);
        if (result != JANGLE_NOT_FOUND)
            return result ? jangle_error_set(error, result, "%s", why.message) : result;
    }
    return jangle_error_set(error, JANGLE_NOT_FOUND, "SNS has no topic %s",
                            JN_SHOWN(120, given));
}

enum jangle_result jn_aws_topic_find(struct jn_aws *aws,
                                     const char *given,
                                     int64_t until_us,
                                     const struct jn_aws_name **name,
                                     struct jangle_error *error)
{
    char arn[JN_AWS_ARN_SIZE];
    enum jangle_result result;

    *name = *place_of(aws, true, given);
    if (*name)
        return JANGLE_OK;
    if (jn_aws_name_is_whole(given))
        return remember(aws, true, given, given, name, error);
    result = look_for_topic(aws, given, until_us, arn, error);
    return result ? result : remember(aws, true, given, arn, name, error);
}
