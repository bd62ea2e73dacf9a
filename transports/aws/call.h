/* call.h - a request and its answer, and what it means when Amazon refuses. */
#ifndef JN_AWS_CALL_H
#define JN_AWS_CALL_H

#include "aws/web.h"

/* Send a request and wait for its answer, until `until_us`. OK: it is in
 * `request->answer`. BUSY: it was not carried out. TIMEOUT: nobody knows whether it was.
 * Others are Amazon's refusals. */
enum jangle_result jn_aws_call(struct jn_aws *aws,
                               struct jn_aws_request *request,
                               int64_t until_us,
                               struct jangle_error *error);

/* The same for a call that was told no time, and may be repeated: it is BUSY where
 * jn_aws_call is TIMEOUT. */
enum jangle_result jn_aws_ask(struct jn_aws *aws,
                              struct jn_aws_request *request,
                              int64_t until_us,
                              struct jangle_error *error);

/* What has become of a request that is over. */
enum jangle_result jn_aws_request_result(const struct jn_aws *aws,
                                         const struct jn_aws_request *request,
                                         struct jangle_error *error);

/* What a code of Amazon means, as that of an entry of a batch. `status` is that of HTTP,
 * or 0. */
enum jangle_result jn_aws_code_result(const char *code, long status);

/* An answer that cannot be read. */
enum jangle_result jn_aws_garbage(const struct jn_aws_request *request,
                                  struct jangle_error *error);

#endif
