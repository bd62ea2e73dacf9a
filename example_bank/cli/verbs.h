/* verbs.h - finds the verb that was typed, reads its options, and runs it. */
#ifndef BANK_VERBS_H
#define BANK_VERBS_H

#include "cli/options.h"

/* Run the verb that argv names, out of all tables; the last one is followed by NULL. Also
 * prints the help, and answers what is typed wrongly with a sentence. Returns the exit
 * status of the program. */
int verbs_run(const struct verb_table *const *tables, int argc, char **argv);

#endif
