/* settle.h - what becomes of messages that were received. */
#ifndef JN_AWS_SETTLE_H
#define JN_AWS_SETTLE_H

#include "aws/aws.h"

jangle_transport_settle_fn jn_aws_settle;

#endif
