/* show.h - the questions there are, and their answers as tables. */
#ifndef BANK_SHOW_H
#define BANK_SHOW_H

#include "domain/messages.h"

#include <jangle/jangle.h>

/* UTC, as a text for as long as the block it stands in. */
#define SHOW_TIME(time) show_time((char[SHOW_TIME_SIZE]){0}, time)

enum { SHOW_TIME_SIZE = 32 };

const char *show_time(char text[SHOW_TIME_SIZE], jangle_time time);

/* Each asks, prints, and returns the exit status: 1, and a sentence on stderr, if there
 * is no answer. */
int show_accounts(struct jangle *bank);
int show_stats(struct jangle *bank);
int show_account(struct jangle *bank, const char *account_id);
int show_ledger(struct jangle *bank, const char *account_id);

/* Its transfers, and its requests. */
int show_payments(struct jangle *bank, const char *account_id);

/* How far a transfer or a request has come that the account has to do with: a line. */
int show_payment(struct jangle *bank, const char *account_id, const char *transaction_id);

/* An answer that is there already, with its requests numbered from 1. */
void show_summary(const struct account_summary *summary);

#endif
