/* verb_simulate.h - the verb of verb_simulate.c: many customers at once. Returns the exit
 * status. */
#ifndef BANK_VERB_SIMULATE_H
#define BANK_VERB_SIMULATE_H

#include "cli/options.h"

int verb_simulate(const struct options *options);

#endif
