/* topics.h - requests about topics and their subscriptions. */
#ifndef JN_AWS_TOPICS_H
#define JN_AWS_TOPICS_H

#include "aws/names.h"
#include "aws/wire/xml.h"

struct jn_aws_subscription {
    struct jn_aws_subscription *next;
    char arn[JN_AWS_ARN_SIZE];
    char endpoint[JN_AWS_ARN_SIZE]; /* of a queue: its ARN */
};

/* A request to SNS with its action and its version. */
struct jn_aws_request jn_aws_topic_request(const struct jn_aws *aws, const char *action);

/* Send it, and read the answer with `leaf`, which may be NULL. */
enum jangle_result jn_aws_topic_ask(struct jn_aws *aws,
                                    struct jn_aws_request *request,
                                    const struct jn_aws_xml_visitor *visitor,
                                    int64_t until_us,
                                    struct jangle_error *error);

/* All subscriptions of queues to a topic that are confirmed. Free the list also after a
 * failure. */
enum jangle_result jn_aws_subscriptions_read(struct jn_aws *aws,
                                             const char *topic_arn,
                                             int64_t until_us,
                                             struct jn_aws_subscription **list,
                                             struct jangle_error *error);
void jn_aws_subscriptions_free(struct jn_aws *aws, struct jn_aws_subscription *list);
const struct jn_aws_subscription *
jn_aws_subscription_of(const struct jn_aws_subscription *list, const char *queue_arn);

/* The filter policy of a subscription; empty: it has none. */
enum jangle_result jn_aws_subscription_filter(struct jn_aws *aws,
                                              const char *arn,
                                              int64_t until_us,
                                              struct jn_aws_text *policy,
                                              struct jangle_error *error);

#endif
