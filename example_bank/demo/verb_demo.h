/* verb_demo.h - the verb demo: a story, step by step. */
#ifndef BANK_VERB_DEMO_H
#define BANK_VERB_DEMO_H

#include "cli/options.h"

extern const struct verb_table demo_verbs;

#endif
