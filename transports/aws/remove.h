/* remove.h - what waits is counted and removed, and so are queues and topics. */
#ifndef JN_AWS_REMOVE_H
#define JN_AWS_REMOVE_H

#include "aws/aws.h"

jangle_transport_count_fn jn_aws_count;
jangle_transport_purge_fn jn_aws_purge;
jangle_transport_remove_queue_fn jn_aws_remove_queue;
jangle_transport_remove_topic_fn jn_aws_remove_topic;

#endif
