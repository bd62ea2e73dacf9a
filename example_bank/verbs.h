/* verbs.h - what the program can do: a file a verb. Each returns the exit status. */
#ifndef BANK_VERBS_H
#define BANK_VERBS_H

#include "options.h"

int verb_demo(const struct options *options);
int verb_simulate(const struct options *options);
int verb_check(const struct options *options);
int verb_replay(const struct options *options);
int verb_shuffle(const struct options *options);

#endif
