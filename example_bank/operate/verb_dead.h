/* verb_dead.h - verbs of verb_dead.c: events that somebody gave up on. Each returns the
 * exit status. */
#ifndef BANK_VERB_DEAD_H
#define BANK_VERB_DEAD_H

#include "cli/options.h"

int verb_dead(const struct options *options);
int verb_dead_retry(const struct options *options);
int verb_dead_skip(const struct options *options);

#endif
