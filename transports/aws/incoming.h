/* incoming.h - a message of SQS as a parcel. */
#ifndef JN_AWS_INCOMING_H
#define JN_AWS_INCOMING_H

#include "aws/aws.h"

/* Fill in the parcel of a delivery from SQS' JSON, in which `Body` is a text. What other
 * programs have sent, in whatever form, is received as it is. False: no memory. */
bool jn_aws_incoming_read(const struct jn_aws *aws,
                          struct jn_aws_delivery *delivery,
                          const json_t *message);

#endif
