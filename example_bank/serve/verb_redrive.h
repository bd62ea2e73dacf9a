/* verb_redrive.h - the verb redrive: dead letters at the broker go back into their queue.
 */
#ifndef BANK_VERB_REDRIVE_H
#define BANK_VERB_REDRIVE_H

#include "cli/options.h"

extern const struct verb_table redrive_verbs;

#endif
