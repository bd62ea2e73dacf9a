/* show.h - asks the views, and prints their answers as tables. */
#ifndef BANK_SHOW_H
#define BANK_SHOW_H

#include "views/views.h"

#include <jangle/jangle.h>

/* A time as text, in UTC, which lives as long as the block in which it is written. */
#define SHOW_TIME(time) show_time((char[SHOW_TIME_SIZE]){0}, time)

enum { SHOW_TIME_SIZE = 32 };

const char *show_time(char text[SHOW_TIME_SIZE], jangle_time time);

/* Each function asks a question, prints the answer, and returns the exit status. If there
 * is no answer, the status is 1, and a sentence on stderr says why. */
int show_accounts(struct jangle *bank);
int show_stats(struct jangle *bank);
int show_account(struct jangle *bank, const char *account_id);
int show_ledger(struct jangle *bank, const char *account_id);

/* The transfers and requests of the account. */
int show_payments(struct jangle *bank, const char *account_id);

/* One line: how far this transfer or request of the account has come. */
int show_payment(struct jangle *bank, const char *account_id, const char *transaction_id);

/* Print an answer that was asked for before. Its requests are numbered from 1. */
void show_summary(const struct account_summary *summary);

#endif
