/* settings.h - the URL and the options of a broker. */
#ifndef JN_AWS_SETTINGS_H
#define JN_AWS_SETTINGS_H

#include "aws/aws.h"

/* Check both, and fill in `region` and `options` of the transport. */
enum jangle_result jn_aws_settings_read(struct jn_aws *aws,
                                        const struct jangle_broker *broker,
                                        struct jangle_error *error);

/* What is wrong with credentials, as the end of a sentence; NULL: nothing. */
const char *jn_aws_credentials_fault(const struct jangle_aws_credentials *credentials);

#endif
