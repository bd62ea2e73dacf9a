/* verb_replay.h - the verbs replay and shuffle: build the views again, and compare. */
#ifndef BANK_VERB_REPLAY_H
#define BANK_VERB_REPLAY_H

#include "cli/options.h"

extern const struct verb_table replay_verbs;

#endif
