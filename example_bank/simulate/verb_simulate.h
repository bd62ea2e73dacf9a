/* verb_simulate.h - the verb simulate: many customers at once, then the audit. */
#ifndef BANK_VERB_SIMULATE_H
#define BANK_VERB_SIMULATE_H

#include "cli/options.h"

extern const struct verb_table simulate_verbs;

#endif
