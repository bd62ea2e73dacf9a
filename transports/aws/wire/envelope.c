/* envelope.c - what SNS wraps around a message. Lambda spells the names of addresses in
 * another way than web hooks get them. */
#include "aws/wire/envelope.h"

enum member { /* of an envelope: the texts first, those that must be there at the start */
              TYPE,
              MESSAGE_ID,
              TOPIC,
              MESSAGE,
              TIMESTAMP,
              SUBJECT,
              SIGNATURE,
              SIGNATURE_VERSION,
              CERTIFICATE_URL,
              SUBSCRIBE_URL,
              TOKEN,
              TEXTS,
              ATTRIBUTES = TEXTS,
              MEMBERS,
              NEEDED = TIMESTAMP /* so many at the start */
};

static const struct jn_aws_member all_members[MEMBERS] = {
    [TYPE] = {.name = "Type", .kind = JN_JSON_TEXT},
    [MESSAGE_ID] = {.name = "MessageId", .kind = JN_JSON_TEXT},
    [TOPIC] = {.name = "TopicArn", .kind = JN_JSON_TEXT},
    [MESSAGE] = {.name = "Message", .kind = JN_JSON_TEXT},
    [TIMESTAMP] = {.name = "Timestamp", .kind = JN_JSON_TEXT},
    [SUBJECT] = {.name = "Subject", .kind = JN_JSON_TEXT},
    [SIGNATURE] = {.name = "Signature", .kind = JN_JSON_TEXT},
    [SIGNATURE_VERSION] = {.name = "SignatureVersion", .kind = JN_JSON_TEXT},
    [CERTIFICATE_URL] = {.name = "SigningCertURL",
                         .kind = JN_JSON_TEXT,
                         .also = "SigningCertUrl"},
    [SUBSCRIBE_URL] = {.name = "SubscribeURL",
                       .kind = JN_JSON_TEXT,
                       .also = "SubscribeUrl"},
    [TOKEN] = {.name = "Token", .kind = JN_JSON_TEXT},
    [ATTRIBUTES] = {.name = "MessageAttributes", .kind = JN_JSON_OBJECT},
};

/* A body that is no JSON, or is JSON of another kind, is simply no envelope. */
bool jn_aws_is_envelope(const char *body, size_t size)
{
    struct jn_aws_member members[TIMESTAMP + 1];
    const struct jn_json_span object = {body, size};

    memcpy(members, all_members, sizeof members);
    if (jn_aws_members_read(&object, "a body", members, TIMESTAMP + 1, NULL))
        return false;
    for (size_t i = 0; i <= TIMESTAMP; i++)
        if (!members[i].value.text)
            return false;
    return true;
}

static enum jangle_result read_texts(struct jn_aws_member *members,
                                     struct jn_aws_room *room,
                                     struct jn_aws_envelope *envelope,
                                     struct jangle_error *error)
{
    char **const texts[TEXTS] = {
        [TYPE] = &envelope->type,
        [MESSAGE_ID] = &envelope->message_id,
        [TOPIC] = &envelope->topic,
        [MESSAGE] = &envelope->message,
        [TIMESTAMP] = &envelope->timestamp,
        [SUBJECT] = &envelope->subject,
        [SIGNATURE] = &envelope->signature,
        [SIGNATURE_VERSION] = &envelope->signature_version,
        [CERTIFICATE_URL] = &envelope->certificate_url,
        [SUBSCRIBE_URL] = &envelope->subscribe_url,
        [TOKEN] = &envelope->token,
    };

    for (size_t i = 0; i < TEXTS; i++) {
        size_t *size = i == MESSAGE ? &envelope->message_size : NULL;
        enum jangle_result result =
            jn_aws_member_text(&members[i], room, texts[i], size, error);

        if (result)
            return result;
    }
    return JANGLE_OK;
}

static enum jangle_result check_id(const struct jn_aws_envelope *envelope,
                                   const char *what,
                                   struct jangle_error *error)
{
    if (strlen(envelope->message_id) <= JN_AWS_ID_BYTES)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "the `MessageId` of %s is longer than %d bytes", what,
                            JN_AWS_ID_BYTES);
}

static enum jangle_result check_type(const struct jn_aws_envelope *envelope,
                                     const char *what,
                                     struct jangle_error *error)
{
    static const char *const types[] = {"Notification", "SubscriptionConfirmation",
                                        "UnsubscribeConfirmation"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(envelope->type, types[i]) == 0)
            return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "the `Type` of %s is \"%s\", and not Notification, "
                            "SubscriptionConfirmation or UnsubscribeConfirmation",
                            what, JN_SHOWN(40, envelope->type));
}

enum jangle_result jn_aws_envelope_read(const struct jn_json_span *object,
                                        const char *what,
                                        struct jn_aws_room *room,
                                        struct jn_aws_envelope *envelope,
                                        struct jangle_error *error)
{
    struct jn_aws_member members[MEMBERS];
    enum jangle_result result;

    *envelope = (struct jn_aws_envelope){0};
    memcpy(members, all_members, sizeof members);
    result = jn_aws_members_read(object, what, members, MEMBERS, error);
    for (size_t i = 0; !result && i < NEEDED; i++)
        if (!members[i].value.text)
            result = jangle_error_set(error, JANGLE_INVALID, "%s has no `%s`", what,
                                      members[i].name);
    if (!result)
        result = read_texts(members, room, envelope, error);
    envelope->attributes = members[ATTRIBUTES].value;
    if (!result)
        result = check_id(envelope, what, error);
    return result ? result : check_type(envelope, what, error);
}

bool jn_aws_envelope_is_message(const struct jn_aws_envelope *envelope)
{
    return strcmp(envelope->type, "Notification") == 0;
}
