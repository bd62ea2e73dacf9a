/* sigv4.h - Signature Version 4, computed once more from what was received, as Amazon
 * does it (Amazon's page "Create a signed AWS API request"). */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include <stddef.h>

/* What is wrong with the signature of a request; NULL: nothing. `head` is the request
 * line and the headers. */
const char *sigv4_fault(const char *secret_access_key,
                        const char *head,
                        const char *body,
                        size_t body_size);

#endif
