/* subscribe.h - queues that get what is published to a topic. */
#ifndef JN_AWS_SUBSCRIBE_H
#define JN_AWS_SUBSCRIBE_H

#include "aws/topics.h"

/* Make sure that a queue gets the routes of a topic, which end with NULL; NULL: all. What
 * SNS cannot deliver goes to `dead_url`, which may be NULL. */
enum jangle_result jn_aws_subscribe(struct jn_aws *aws,
                                    const char *topic_arn,
                                    const char *url,
                                    const char *dead_url,
                                    const char *const *routes,
                                    int64_t until_us,
                                    struct jangle_error *error);

/* The queue gets nothing of the topic any more. */
enum jangle_result jn_aws_unsubscribe(struct jn_aws *aws,
                                      const char *topic_arn,
                                      const char *url,
                                      int64_t until_us,
                                      struct jangle_error *error);

/* Would a queue get a message with that route (may be NULL)? A filter policy that jangle
 * has not written, and cannot read, counts as one that lets it pass. */
enum jangle_result jn_aws_topic_takes(struct jn_aws *aws,
                                      const char *topic_arn,
                                      const char *route,
                                      int64_t until_us,
                                      bool *takes,
                                      struct jangle_error *error);

#endif
