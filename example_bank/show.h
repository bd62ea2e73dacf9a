/* show.h - the four questions, and their answers as tables. */
#ifndef BANK_SHOW_H
#define BANK_SHOW_H

#include <jangle/jangle.h>

/* Each asks, prints, and returns the exit status: 1, and a sentence on stderr, if there
 * is no answer. */
int show_accounts(struct jangle *bank);
int show_stats(struct jangle *bank);
int show_account(struct jangle *bank, const char *account_id);
int show_ledger(struct jangle *bank, const char *account_id);

#endif
