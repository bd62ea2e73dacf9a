/* dead.h - copies in the dead-letter queue. */
#ifndef JN_AWS_DEAD_H
#define JN_AWS_DEAD_H

#include "aws/aws.h"

/* Send a copy of a delivery into the dead-letter queue of its queue. */
enum jangle_result jn_aws_dead_send(struct jn_aws *aws,
                                    const struct jangle_settlement *settlement,
                                    const struct jn_aws_delivery *delivery,
                                    int64_t until_us,
                                    struct jangle_error *error);

#endif
