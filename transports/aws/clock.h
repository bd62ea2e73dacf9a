/* clock.h - the clock of the host. */
#ifndef JN_AWS_CLOCK_H
#define JN_AWS_CLOCK_H

#include "aws/aws.h"

/* In microseconds. */
int64_t jn_aws_now_us(const struct jn_aws *aws);

/* The moment in `ms` milliseconds; 0, which is long past, if `ms` is negative. */
int64_t jn_aws_after_ms(const struct jn_aws *aws, int64_t ms);

#endif
