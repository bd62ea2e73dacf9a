/* send.c - messages that go to Amazon in batches, and what it answers to each. */
#include "aws/send.h"
#include "aws/wire/json.h"
#include "aws/wire/xml.h"

#include <assert.h>

struct sending {
    struct jn_aws_message *const *messages;
    enum jangle_result *results;
    size_t count;
};

/* The entries of a batch are called by their numbers. NULL: it is none of ours. */
static enum jangle_result *result_of(const struct sending *sending, const char *id)
{
    if (!id || id[0] < '0' || id[0] > '9' || id[1])
        return NULL;
    return (size_t)(id[0] - '0') < sending->count ? &sending->results[id[0] - '0'] : NULL;
}

static void set_all(const struct sending *sending, enum jangle_result result)
{
    for (size_t i = 0; i < sending->count; i++)
        sending->results[i] = result;
}

/* ---- SQS ----------------------------------------------------------------------- */

static void write_entries(const struct sending *sending,
                          const struct jn_aws_name *to,
                          struct jn_aws_text *text)
{
    jn_aws_text_add(text, "{\"QueueUrl\":");
    jn_aws_text_add_json(text, to->found);
    jn_aws_text_add(text, ",\"Entries\":[");
    for (size_t i = 0; i < sending->count; i++) {
        jn_aws_text_add(text, i ? ",{\"Id\":\"" : "{\"Id\":\"");
        jn_aws_text_add_number(text, (int64_t)i);
        jn_aws_text_add(text, "\",");
        jn_aws_message_write_json(sending->messages[i], to->fifo, text);
        jn_aws_text_add(text, "}");
    }
    jn_aws_text_add(text, "]}");
}

/* Has SQS stored what was sent? A digest that it leaves out says nothing. */
static bool digests_agree(const struct jn_aws_message *message, const json_t *entry)
{
    const char *body = jn_aws_json_text(entry, "MD5OfMessageBody");
    const char *attributes = jn_aws_json_text(entry, "MD5OfMessageAttributes");
    char expected[JN_AWS_MD5_TEXT];

    jn_aws_message_body_md5(message, expected);
    if (!body || strcmp(body, expected) != 0)
        return false;
    return !attributes ||
           (jn_aws_message_attributes_md5(message, expected, NULL) == JANGLE_OK &&
            strcmp(attributes, expected) == 0);
}

/* An entry that is named neither way stays TIMEOUT. */
static void take_results(const struct sending *sending, const json_t *answer)
{
    const json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(answer, "Successful"), i, entry)
    {
        enum jangle_result *result = result_of(sending, jn_aws_json_text(entry, "Id"));

        if (result && digests_agree(sending->messages[result - sending->results], entry))
            *result = JANGLE_OK;
    }
    json_array_foreach(json_object_get(answer, "Failed"), i, entry)
    {
        enum jangle_result *result = result_of(sending, jn_aws_json_text(entry, "Id"));
        const char *code = jn_aws_json_text(entry, "Code");

        if (result)
            *result = jn_aws_code_result(code ? code : "", 0);
    }
}

static enum jangle_result send_to_queue(struct jn_aws *aws,
                                        const struct jn_aws_name *to,
                                        const struct sending *sending,
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    struct jn_aws_request request =
        jn_aws_request_of(aws, JN_AWS_SQS, "SendMessageBatch");
    enum jangle_result result;

    write_entries(sending, to, &request.body);
    result = jn_aws_call(aws, &request, until_us, error);
    if (result == JANGLE_OK) {
        json_t *json = jn_aws_json_read(request.answer.bytes, request.answer.size);

        if (json_is_object(json))
            take_results(sending, json);
        else
            result = jn_aws_garbage(&request, error);
        json_decref(json);
    }
    jn_aws_request_finish(&request);
    return result;
}

/* ---- SNS ----------------------------------------------------------------------- */

/* One message alone is sent by Publish, several by PublishBatch. */
static void write_form(const struct sending *sending,
                       const struct jn_aws_name *to,
                       struct jn_aws_request *request)
{
    char prefix[60];

    jn_aws_text_add_field(&request->body, "Action", request->action);
    jn_aws_text_add_field(&request->body, "Version", "2010-03-31");
    jn_aws_text_add_field(&request->body, "TopicArn", to->found);
    if (sending->count == 1) {
        jn_aws_message_write_form(sending->messages[0], to->fifo, "", &request->body);
        return;
    }
    for (size_t i = 0; i < sending->count; i++) {
        const char id[2] = {(char)('0' + i), '\0'};
        char name[64];

        jn_text_format(prefix, sizeof prefix, "PublishBatchRequestEntries.member.%zu.",
                       i + 1);
        jn_text_format(name, sizeof name, "%sId", prefix);
        jn_aws_text_add_field(&request->body, name, id);
        jn_aws_message_write_form(sending->messages[i], to->fifo, prefix, &request->body);
    }
}

/* The members of an entry that ends with </member>. */
struct published {
    const struct sending *sending;
    char id[8];
    char code[80];
    bool has_message_id;
};

static bool
take_leaf(void *context, const char *parent, const char *name, const char *text)
{
    struct published *published = context;

    if (strcmp(parent, "PublishResult") == 0 && strcmp(name, "MessageId") == 0 && *text)
        published->sending->results[0] = JANGLE_OK;
    if (strcmp(parent, "member") != 0)
        return true;
    if (strcmp(name, "Id") == 0)
        jn_text_copy(published->id, sizeof published->id, text);
    if (strcmp(name, "Code") == 0)
        jn_text_copy(published->code, sizeof published->code, text);
    published->has_message_id |= strcmp(name, "MessageId") == 0 && *text;
    return true;
}

static bool end_entry(void *context, const char *name)
{
    struct published *published = context;
    enum jangle_result *result = result_of(published->sending, published->id);

    if (strcmp(name, "member") != 0)
        return true;
    if (result && *published->code)
        *result = jn_aws_code_result(published->code, 0);
    else if (result && published->has_message_id)
        *result = JANGLE_OK;
    *published = (struct published){.sending = published->sending};
    return true;
}

static enum jangle_result send_to_topic(struct jn_aws *aws,
                                        const struct jn_aws_name *to,
                                        const struct sending *sending,
                                        int64_t until_us,
                                        struct jangle_error *error)
{
    struct jn_aws_request request = jn_aws_request_of(
        aws, JN_AWS_SNS, sending->count == 1 ? "Publish" : "PublishBatch");
    struct published published = {.sending = sending};
    const struct jn_aws_xml_visitor visitor = {
        .leaf = take_leaf, .end = end_entry, .context = &published};
    enum jangle_result result;

    write_form(sending, to, &request);
    result = jn_aws_call(aws, &request, until_us, error);
    if (result == JANGLE_OK &&
        !jn_aws_xml_visit(request.answer.bytes, request.answer.size, &visitor))
        result = jn_aws_garbage(&request, error);
    jn_aws_request_finish(&request);
    return result;
}

/* ---- both ---------------------------------------------------------------------- */

enum jangle_result jn_aws_send(struct jn_aws *aws,
                               const struct jn_aws_name *to,
                               struct jn_aws_message *const *messages,
                               enum jangle_result *results,
                               size_t count,
                               int64_t until_us,
                               struct jangle_error *error)
{
    const struct sending sending = {messages, results, count};
    enum jangle_result result;

    assert(count <= JN_AWS_BATCH_COUNT);
    set_all(&sending, JANGLE_TIMEOUT);
    result = (to->is_topic ? send_to_topic : send_to_queue)(aws, to, &sending, until_us,
                                                            error);
    if (result)
        set_all(&sending, result);
    return result;
}
