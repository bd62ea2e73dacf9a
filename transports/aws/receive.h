/* receive.h - messages that are received, and kept as long as they are worked on. */
#ifndef JN_AWS_RECEIVE_H
#define JN_AWS_RECEIVE_H

#include "aws/aws.h"

jangle_transport_attach_fn jn_aws_attach;
jangle_transport_detach_fn jn_aws_detach;
jangle_transport_receive_fn jn_aws_receive;
jangle_transport_tend_fn jn_aws_tend;

/* How many messages of a queue are here, and not handed out. */
int64_t jn_aws_waiting_count(const struct jn_aws *aws, const char *queue);

/* Delete these. */
void jn_aws_drop_waiting(struct jn_aws *aws, const char *queue, int64_t until_us);

/* Give everything back, if `aloud`, and free it. */
void jn_aws_receiving_finish(struct jn_aws *aws, bool aloud);

#endif
