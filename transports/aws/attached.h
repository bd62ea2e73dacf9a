/* attached.h - the queues that a transport is attached to. */
#ifndef JN_AWS_ATTACHED_H
#define JN_AWS_ATTACHED_H

#include "aws/aws.h"

/* NULL: no memory. */
struct jn_aws_attached *jn_aws_attached_add(struct jn_aws *aws,
                                            const struct jangle_queue *queue,
                                            const char *url);

/* Out of the list, and freed. Deliveries of the queue are lost, and those that were not
 * handed out are freed. */
void jn_aws_attached_remove(struct jn_aws *aws, struct jn_aws_attached *attached);
struct jn_aws_attached *jn_aws_attached_by_name(const struct jn_aws *aws,
                                                const char *queue);

/* Give up the request that waits for messages. */
void jn_aws_poll_stop(struct jn_aws *aws, struct jn_aws_attached *attached);

/* Give back all that was received from the queue and is not settled. */
void jn_aws_give_back(struct jn_aws *aws,
                      const struct jn_aws_attached *attached,
                      int64_t until_us);

#endif
