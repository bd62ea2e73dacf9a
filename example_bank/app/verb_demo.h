/* verb_demo.h - the verb of verb_demo.c: a story, step by step. Returns the exit status.
 */
#ifndef BANK_VERB_DEMO_H
#define BANK_VERB_DEMO_H

#include "cli/options.h"

int verb_demo(const struct options *options);

#endif
