/* message.h - a parcel as a message of SQS or SNS. */
#ifndef JN_AWS_MESSAGE_H
#define JN_AWS_MESSAGE_H

#include "aws/aws.h"
#include "aws/wire/digest.h"
#include "aws/wire/text.h"

enum { JN_AWS_ATTRIBUTES_MAX = 7, JN_AWS_GROUP_SIZE = 129, JN_AWS_DEDUP_SIZE = 33 };

struct jn_aws_pair {
    const char *name;
    const char *value;
};

/* The texts of the pairs are those of the parcel, or in `headers` and `attempt`. */
struct jn_aws_message {
    struct jn_aws_text body;
    struct jn_aws_text headers;
    char attempt[16];
    struct jn_aws_pair
        attributes[JN_AWS_ATTRIBUTES_MAX]; /* in the order of their names */
    size_t attribute_count;
    size_t size; /* as Amazon counts it: the body and the attributes */
    char group[JN_AWS_GROUP_SIZE];
    char dedup[JN_AWS_DEDUP_SIZE];
};

/* The parcel must live as long as the message. INVALID: as a message it has more bytes
 * than `most`. Finish the message also after a failure. */
enum jangle_result jn_aws_message_init(struct jn_aws_message *message,
                                       const struct jn_aws *aws,
                                       const struct jangle_parcel *parcel,
                                       size_t most,
                                       struct jangle_error *error);
void jn_aws_message_finish(struct jn_aws_message *message);

/* What SQS must answer with. */
void jn_aws_message_body_md5(const struct jn_aws_message *message,
                             char text[JN_AWS_MD5_TEXT]);
enum jangle_result jn_aws_message_attributes_md5(const struct jn_aws_message *message,
                                                 char text[JN_AWS_MD5_TEXT],
                                                 struct jangle_error *error);

/* As members of a JSON object for SQS: "MessageBody":..., `fifo`: with group and
 * deduplication id. */
void jn_aws_message_write_json(const struct jn_aws_message *message,
                               bool fifo,
                               struct jn_aws_text *text);

/* As fields of a form for SNS; each name begins with `prefix`. */
void jn_aws_message_write_form(const struct jn_aws_message *message,
                               bool fifo,
                               const char *prefix,
                               struct jn_aws_text *text);

#endif
