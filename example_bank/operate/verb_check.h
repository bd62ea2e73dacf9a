/* verb_check.h - the verb check: runs the audit. */
#ifndef BANK_VERB_CHECK_H
#define BANK_VERB_CHECK_H

#include "cli/options.h"

extern const struct verb_table check_verbs;

#endif
