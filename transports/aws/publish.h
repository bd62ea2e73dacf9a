/* publish.h - parcels that are published. */
#ifndef JN_AWS_PUBLISH_H
#define JN_AWS_PUBLISH_H

#include "aws/aws.h"

jangle_transport_publish_fn jn_aws_publish;

#endif
