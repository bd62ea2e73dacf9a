/* verb_sagas.h - the verbs of sagas: transfers and requests that are not over. */
#ifndef BANK_VERB_SAGAS_H
#define BANK_VERB_SAGAS_H

#include "cli/options.h"

extern const struct verb_table saga_verbs;

#endif
