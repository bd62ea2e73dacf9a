/* signature.h - does the signature of an envelope hold? */
#ifndef JN_VISIT_SIGNATURE_H
#define JN_VISIT_SIGNATURE_H

#include "aws/visit/visit.h"
#include "aws/wire/envelope.h"

/* Check the topic and the signature, as far as the options ask for it. INVALID: the
 * message is not to be believed, and `error` says why. BUSY: the certificate cannot be
 * fetched. NO_MEMORY. */
enum jangle_result jn_visit_believe(struct jn_visit *visit,
                                    const struct jn_aws_envelope *envelope,
                                    struct jangle_error *error);

#endif
