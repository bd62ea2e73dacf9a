/* batch.h - requests about messages that were received: to delete them, or to say when
 * they come again. */
#ifndef JN_AWS_BATCH_H
#define JN_AWS_BATCH_H

#include "aws/aws.h"

enum jn_aws_doing {
    JN_AWS_NOTHING,
    JN_AWS_DELETE,
    JN_AWS_SHOW /* they come again in so many seconds */
};

struct jn_aws_step {
    struct jn_aws_delivery *delivery;
    enum jn_aws_doing doing;
    int64_t seconds;           /* of JN_AWS_SHOW */
    enum jangle_result result; /* out: CONFLICT, if it is no longer ours */
};

/* Do all steps, in requests of ten. Those of a delivery that is not attached are left
 * out, with CONFLICT. OK: each step has its result. BUSY: those that are not done have
 * it, too, and so have those of which nobody knows. */
enum jangle_result jn_aws_batch_do(struct jn_aws *aws,
                                   struct jn_aws_step *steps,
                                   size_t count,
                                   int64_t until_us,
                                   struct jangle_error *error);

#endif
