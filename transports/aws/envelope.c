/* envelope.c - the envelope in which SNS wraps a message that is not delivered raw. */
#include "aws/envelope.h"

bool jn_aws_envelope_read(const json_t *object,
                          struct jn_aws_envelope *envelope,
                          const char **missing)
{
    const struct {
        const char *name;
        const char **text;
    } members[] = {{"Type", &envelope->type},
                   {"MessageId", &envelope->message_id},
                   {"TopicArn", &envelope->topic_arn},
                   {"Timestamp", &envelope->timestamp},
                   {"Message", &envelope->message}};

    *envelope = (struct jn_aws_envelope){0};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        *members[i].text = jn_aws_json_text(object, members[i].name);
        if (!*members[i].text) {
            *missing = members[i].name;
            return false;
        }
    }
    envelope->subject = jn_aws_json_text(object, "Subject");
    envelope->attributes = json_object_get(object, "MessageAttributes");
    return true;
}
