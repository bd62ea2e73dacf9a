/* declare.h - topics and queues that are made sure of. */
#ifndef JN_AWS_DECLARE_H
#define JN_AWS_DECLARE_H

#include "aws/aws.h"

jangle_transport_declare_topic_fn jn_aws_declare_topic;
jangle_transport_declare_queue_fn jn_aws_declare_queue;

#endif
