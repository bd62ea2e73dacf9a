/* queues.h - requests about one queue. */
#ifndef JN_AWS_QUEUES_H
#define JN_AWS_QUEUES_H

#include "aws/names.h"
#include "aws/wire/json.h"

/* Ask SQS to do `action` with a queue. `members` are more members of the request, such as
 * ",\"A\":1", or "". *answer (may be NULL) is to be freed with json_decref. */
enum jangle_result jn_aws_queue_ask(struct jn_aws *aws,
                                    const char *action,
                                    const char *url,
                                    const char *members,
                                    int64_t until_us,
                                    json_t **answer,
                                    struct jangle_error *error);

/* All attributes of a queue: an object in which each is a text. */
enum jangle_result jn_aws_queue_attributes(struct jn_aws *aws,
                                           const char *url,
                                           int64_t until_us,
                                           json_t **attributes,
                                           struct jangle_error *error);

/* Let a topic send into a queue, beside all rights that the queue's policy gives. */
enum jangle_result jn_aws_queue_allow(struct jn_aws *aws,
                                      const char *url,
                                      const char *topic_arn,
                                      int64_t until_us,
                                      struct jangle_error *error);

#endif
