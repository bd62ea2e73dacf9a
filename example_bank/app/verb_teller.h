/* verb_teller.h - verbs of verb_teller.c: one customer at the counter. Each returns the
 * exit status. */
#ifndef BANK_VERB_TELLER_H
#define BANK_VERB_TELLER_H

#include "cli/options.h"

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

#endif
