/* verb_replay.h - verbs of verb_replay.c: views built anew, and compared. Each returns
 * the exit status. */
#ifndef BANK_VERB_REPLAY_H
#define BANK_VERB_REPLAY_H

#include "cli/options.h"

int verb_replay(const struct options *options);
int verb_shuffle(const struct options *options);

#endif
