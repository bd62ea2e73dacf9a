/* envelope.h - what SNS wraps around a message. */
#ifndef JN_AWS_ENVELOPE_H
#define JN_AWS_ENVELOPE_H

#include "aws/wire/members.h"

/* Texts are NULL if they are missing. */
struct jn_aws_envelope {
    char *type;
    char *message_id;
    char *topic;
    char *subject;
    char *message;
    size_t message_size;
    char *timestamp;
    char *signature;
    char *signature_version;
    char *certificate_url;
    char *subscribe_url;
    char *token;
    struct jn_json_span attributes; /* its text may be NULL */
};

/* Is a message's body an envelope? It is one if it is an object with a Type, a MessageId,
 * a TopicArn, a Message and a Timestamp, which are texts. */
bool jn_aws_is_envelope(const char *body, size_t size);

/* INVALID: `what` is no envelope, and `error` names what is missing. */
enum jangle_result jn_aws_envelope_read(const struct jn_json_span *object,
                                        const char *what,
                                        struct jn_aws_room *room,
                                        struct jn_aws_envelope *envelope,
                                        struct jangle_error *error);

/* Does it carry a message? Else it is about a subscription. */
bool jn_aws_envelope_is_message(const struct jn_aws_envelope *envelope);

#endif
