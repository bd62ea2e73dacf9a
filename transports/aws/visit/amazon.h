/* amazon.h - addresses of SNS, and no others. */
#ifndef JN_VISIT_AMAZON_H
#define JN_VISIT_AMAZON_H

#include <stdbool.h>

/* "https://sns.REGION.amazonaws.com/NAME.pem", or "amazonaws.com.cn": is it such an
 * address, without a user, a port, or anything behind it? */
bool jn_visit_is_certificate_url(const char *url);

/* "https://sns.REGION.amazonaws.com/?QUERY": is it such an address? */
bool jn_visit_is_subscribe_url(const char *url);

#endif
