/* partners.h - the bank and the loyalty program as neighbours: the bank is the sender,
 * and the hub is between them. */
#ifndef PARTNERS_H
#define PARTNERS_H

#include "support/domains/neighbours.h"

#include "domain/account_more.h"
#include "domain/messages.h"
#include "loyalty.h"
#include "messages.h"

/* Neither is open yet. */
void partners_init(struct neighbours *partners, bool in_files);

/* Both are open. Accounts are 000001, 000002... */
void partners_begin(struct neighbours *partners, bool in_files, int accounts);
void partners_open(struct neighbours *partners);
void partners_close(struct neighbours *partners);
void partners_end(struct neighbours *partners);

/* Send the bank a command. */
#define PARTNERS_SEND(partners, ...)                                                     \
    jangle_send((partners)->sender.jangle,                                               \
                &(struct jangle_outcome){.error.result = JANGLE_OK}, __VA_ARGS__)

/* What the account has, in cents; and what the loyalty program shows of its member. */
int64_t partners_balance(struct neighbours *partners, const char *account_id);
int64_t partners_points(struct neighbours *partners, const char *account_id);
int64_t partners_moved(struct neighbours *partners, const char *account_id);

#endif
