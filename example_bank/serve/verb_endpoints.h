/* verb_endpoints.h - the verb endpoints: how the publisher and the consumer are. */
#ifndef BANK_VERB_ENDPOINTS_H
#define BANK_VERB_ENDPOINTS_H

#include "cli/options.h"

extern const struct verb_table endpoints_verbs;

#endif
