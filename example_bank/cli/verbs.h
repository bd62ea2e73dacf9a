/* verbs.h - what the program can do: a file a verb. Each returns the exit status. */
#ifndef BANK_VERBS_H
#define BANK_VERBS_H

#include "cli/options.h"

/* verb_teller.c: one customer at the counter. */
int verb_open(const struct options *options);
int verb_deposit(const struct options *options);
int verb_withdraw(const struct options *options);
int verb_forgive(const struct options *options);
int verb_delete(const struct options *options);
int verb_accounts(const struct options *options);
int verb_ledger(const struct options *options);
int verb_transfer(const struct options *options);
int verb_request(const struct options *options);
int verb_accept(const struct options *options);
int verb_reject(const struct options *options);
int verb_requests(const struct options *options);
int verb_payments(const struct options *options);

/* verb_sagas.c, verb_dead.c: what waits for a person. */
int verb_sagas(const struct options *options);
int verb_sagas_show(const struct options *options);
int verb_sagas_retry(const struct options *options);
int verb_sagas_resume(const struct options *options);
int verb_sagas_finish(const struct options *options);
int verb_dead(const struct options *options);
int verb_dead_retry(const struct options *options);
int verb_dead_skip(const struct options *options);
int verb_backup(const struct options *options);

int verb_demo(const struct options *options);
int verb_simulate(const struct options *options);
int verb_check(const struct options *options);
int verb_replay(const struct options *options);
int verb_shuffle(const struct options *options);
int verb_shell(const struct options *options); /* shell.c */

#endif
