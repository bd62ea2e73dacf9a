/* verb_dead.h - the verbs of dead letters: events that a view or a saga gave up on. */
#ifndef BANK_VERB_DEAD_H
#define BANK_VERB_DEAD_H

#include "cli/options.h"

extern const struct verb_table dead_verbs;

#endif
