/* record.c - one record of an event becomes a parcel. */
#include "aws/visit/record.h"
#include "aws/attributes.h"
#include "aws/visit/amazon.h"
#include "aws/visit/attributes.h"
#include "aws/visit/signature.h"
#include "aws/wire/envelope.h"
#include "aws/wire/members.h"

/* ---- SNS ------------------------------------------------------------------------ */

/* A confirmation is no message, and what it asks for is decided by who was asked. */
static enum jangle_result read_subscription(struct jn_visit *visit,
                                            const struct jn_aws_envelope *envelope,
                                            struct jn_visit_record *record,
                                            struct jangle_error *error)
{
    bool ended = strcmp(envelope->type, "UnsubscribeConfirmation") == 0;

    if (!envelope->subscribe_url)
        return jangle_error_set(error, JANGLE_INVALID,
                                "a confirmation of SNS has no `SubscribeURL`");
    if (!jn_visit_is_subscribe_url(envelope->subscribe_url))
        return jangle_error_set(error, JANGLE_INVALID,
                                "its `SubscribeURL` is not "
                                "https://sns.REGION.amazonaws.com/?...: do not open it");
    if (!visit->options.subscription)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "it is no message, but says that the topic \"%s\" %s%s",
            JN_SHOWN(100, envelope->topic),
            ended ? "sends here no more" : "wants to send here",
            ended ? "" : ": set `subscription`, or open its SubscribeURL once");
    record->subscription = (struct jangle_aws_subscription){
        .topic = envelope->topic, .url = envelope->subscribe_url, .ended = ended};
    return JANGLE_OK;
}

static enum jangle_result check_size(const struct jn_visit *visit,
                                     const struct jangle_parcel *parcel,
                                     struct jangle_error *error)
{
    if (parcel->body_size <= visit->options.message_bytes)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "its body has %zu bytes, and `message_bytes` is %zu",
                            parcel->body_size, visit->options.message_bytes);
}

static enum jangle_result read_message(struct jn_visit *visit,
                                       const struct jn_json_span *attributes,
                                       struct jn_visit_record *record,
                                       struct jangle_error *error)
{
    enum jangle_result result =
        jn_visit_attributes_read(visit, attributes, record, error);

    return result ? result : check_size(visit, &record->parcel, error);
}

static enum jangle_result read_envelope(struct jn_visit *visit,
                                        const struct jn_json_span *object,
                                        const char *what,
                                        struct jn_visit_record *record,
                                        struct jangle_error *error)
{
    struct jn_aws_envelope envelope;
    enum jangle_result result =
        jn_aws_envelope_read(object, what, &visit->record, &envelope, error);

    if (!result)
        result = jn_visit_believe(visit, &envelope, error);
    if (result)
        return result;
    record->parcel.topic = envelope.topic;
    if (!jn_aws_envelope_is_message(&envelope))
        return read_subscription(visit, &envelope, record, error);
    record->parcel.id = envelope.message_id;
    record->parcel.body = envelope.message;
    record->parcel.body_size = envelope.message_size;
    return read_message(visit, &envelope.attributes, record, error);
}

enum jangle_result jn_visit_notice_read(struct jn_visit *visit,
                                        const struct jn_json_span *object,
                                        struct jn_visit_record *record,
                                        struct jangle_error *error)
{
    return read_envelope(visit, object, "the notification", record, error);
}

/* ---- SQS ------------------------------------------------------------------------ */

static int count_of(const char *text)
{
    int count = 0;

    for (; text && *text >= '0' && *text <= '9' && count < 1000000; text++)
        count = count * 10 + (*text - '0');
    return count;
}

/* A standard queue has message groups, too, but keeps no order in them. */
static bool keeps_order(const char *queue)
{
    static const char ending[] = ".fifo";
    size_t size = queue ? strlen(queue) : 0;

    return !queue || (size >= sizeof ending &&
                      strcmp(queue + size - (sizeof ending - 1), ending) == 0);
}

/* What SQS itself says of the message. All of it may be missing. */
static enum jangle_result read_system_attributes(struct jn_visit *visit,
                                                 const struct jn_json_span *object,
                                                 struct jn_visit_record *record,
                                                 struct jangle_error *error)
{
    struct jn_aws_member members[] = {
        {.name = "ApproximateReceiveCount", .kind = JN_JSON_TEXT},
        {.name = "MessageGroupId", .kind = JN_JSON_TEXT},
    };
    char *count = NULL, *group = NULL;
    enum jangle_result result = JANGLE_OK;

    if (!object->text)
        return JANGLE_OK;
    result = jn_aws_members_read(object, "`attributes`", members, 2, error);
    if (!result)
        result = jn_aws_member_text(&members[0], &visit->record, &count, NULL, error);
    if (!result)
        result = jn_aws_member_id(&members[1], &visit->record, &group, error);
    record->parcel.attempt = count_of(count);
    record->parcel.key = group && strcmp(group, JN_AWS_NO_GROUP) != 0 ? group : NULL;
    record->group = keeps_order(record->parcel.queue) ? group : NULL;
    return result;
}

/* SNS wraps attributes, too. So a message that has some was sent as it is, and what
 * merely looks like an envelope stays what it is. */
static bool has_attributes(const struct jn_json_span *attributes)
{
    struct jn_json_span name;
    struct jn_json json;

    if (!attributes->text)
        return false;
    jn_json_init(&json, attributes->text, attributes->size, JN_AWS_JSON_DEPTH);
    jn_json_peek(&json);
    jn_json_enter(&json);
    return jn_json_next_member(&json, true, &name);
}

static enum jangle_result read_body(struct jn_visit *visit,
                                    const struct jn_aws_member *body,
                                    const struct jn_json_span *attributes,
                                    struct jn_visit_record *record,
                                    struct jangle_error *error)
{
    char *text = NULL;
    size_t size = 0;
    enum jangle_result result =
        jn_aws_member_text(body, &visit->record, &text, &size, error);

    if (result)
        return result;
    if (!has_attributes(attributes) && jn_aws_is_envelope(text, size))
        return read_envelope(visit, &(struct jn_json_span){text, size},
                             "the envelope of SNS in `body`", record, error);
    if (visit->options.certificate)
        return jangle_error_set(error, JANGLE_INVALID,
                                "SNS did not wrap it, so it has no signature to check");
    record->parcel.body = text;
    record->parcel.body_size = size;
    return read_message(visit, attributes, record, error);
}

/* ---- a record ------------------------------------------------------------------- */

enum member { SNS, BODY, MESSAGE_ID, SYSTEM, ATTRIBUTES, QUEUE, SOURCE, MEMBERS };

static const struct jn_aws_member all_members[MEMBERS] = {
    [SNS] = {.name = "Sns", .kind = JN_JSON_OBJECT},
    [BODY] = {.name = "body", .kind = JN_JSON_TEXT},
    [MESSAGE_ID] = {.name = "messageId", .kind = JN_JSON_TEXT},
    [SYSTEM] = {.name = "attributes", .kind = JN_JSON_OBJECT},
    [ATTRIBUTES] = {.name = "messageAttributes", .kind = JN_JSON_OBJECT},
    [QUEUE] = {.name = "eventSourceARN", .kind = JN_JSON_TEXT},
    [SOURCE] = {.name = "eventSource", .kind = JN_JSON_TEXT, .also = "EventSource"},
};

static enum jangle_result read_sqs(struct jn_visit *visit,
                                   const struct jn_aws_member *members,
                                   struct jn_visit_record *record,
                                   struct jangle_error *error)
{
    char *id = NULL, *queue = NULL;
    enum jangle_result result =
        jn_aws_member_id(&members[MESSAGE_ID], &visit->record, &id, error);

    record->message_id = record->parcel.id = id;
    record->message_id_json = members[MESSAGE_ID].value;
    if (!result)
        result = jn_aws_member_text(&members[QUEUE], &visit->record, &queue, NULL, error);
    record->parcel.queue = queue;
    if (!result)
        result = read_system_attributes(visit, &members[SYSTEM].value, record, error);
    return result ? result
                  : read_body(visit, &members[BODY], &members[ATTRIBUTES].value, record,
                              error);
}

/* Amazon has many sources of events, whose records look alike. */
static enum jangle_result fail_as_strange(struct jn_visit *visit,
                                          const struct jn_aws_member *members,
                                          struct jangle_error *error)
{
    char *source = NULL;
    enum jangle_result result =
        jn_aws_member_text(&members[SOURCE], &visit->record, &source, NULL, error);

    if (result)
        return result;
    return jangle_error_set(error, JANGLE_INVALID,
                            "it has neither `Sns` nor `body`, and comes from %s",
                            JN_SHOWN(60, source ? source : "nobody that it names"));
}

enum jangle_result jn_visit_record_read(struct jn_visit *visit,
                                        const struct jn_json_span *object,
                                        struct jn_visit_record *record,
                                        struct jangle_error *error)
{
    struct jn_aws_member members[MEMBERS];
    enum jangle_result result;

    memcpy(members, all_members, sizeof members);
    result = jn_aws_members_read(object, "the record", members, MEMBERS, error);
    if (result)
        return result;
    if (members[SNS].value.text)
        return read_envelope(visit, &members[SNS].value, "`Sns`", record, error);
    record->is_of_sqs = members[BODY].value.text;
    if (record->is_of_sqs)
        return read_sqs(visit, members, record, error);
    return fail_as_strange(visit, members, error);
}
