/* envelope.h - the envelope in which SNS wraps a message that is not delivered raw. */
#ifndef JN_AWS_ENVELOPE_H
#define JN_AWS_ENVELOPE_H

#include "aws/wire/json.h"

#include <stdbool.h>

/* Its texts are in the JSON object that was read. */
struct jn_aws_envelope {
    const char *type; /* "Notification", "SubscriptionConfirmation"... */
    const char *message_id;
    const char *topic_arn;
    const char *timestamp;
    const char *message;
    const char *subject;      /* NULL: none */
    const json_t *attributes; /* {"name":{"Type":"String","Value":"..."}}; or NULL */
};

/* False: the object is no envelope of SNS, and *missing is a member that it lacks. */
bool jn_aws_envelope_read(const json_t *object,
                          struct jn_aws_envelope *envelope,
                          const char **missing);

#endif
