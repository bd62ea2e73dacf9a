/* verb_check.h - the verb of verb_check.c: the books, looked at. Returns the exit status.
 */
#ifndef BANK_VERB_CHECK_H
#define BANK_VERB_CHECK_H

#include "cli/options.h"

int verb_check(const struct options *options);

#endif
