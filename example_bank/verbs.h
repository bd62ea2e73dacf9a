/* verbs.h - what the program can do: a file a verb. Each returns the exit status. */
#ifndef BANK_VERBS_H
#define BANK_VERBS_H

#include "options.h"

/* verb_teller.c: one customer at the counter. */
int verb_open(const struct options *options);
int verb_deposit(const struct options *options);
int verb_withdraw(const struct options *options);
int verb_forgive(const struct options *options);
int verb_delete(const struct options *options);
int verb_accounts(const struct options *options);
int verb_ledger(const struct options *options);

int verb_demo(const struct options *options);
int verb_simulate(const struct options *options);
int verb_check(const struct options *options);
int verb_replay(const struct options *options);
int verb_shuffle(const struct options *options);

#endif
