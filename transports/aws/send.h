/* send.h - messages that go to Amazon in batches, and what it answers to each. */
#ifndef JN_AWS_SEND_H
#define JN_AWS_SEND_H

#include "aws/message.h"
#include "aws/names.h"

/* Send at most 10 messages, of no more than JN_AWS_BATCH_BYTES together, to a topic or a
 * queue, and give each its result. OK: each message has its own. Otherwise all of them
 * have the result that is returned. */
enum jangle_result jn_aws_send(struct jn_aws *aws,
                               const struct jn_aws_name *to,
                               struct jn_aws_message *const *messages,
                               enum jangle_result *results,
                               size_t count,
                               int64_t until_us,
                               struct jangle_error *error);

#endif
