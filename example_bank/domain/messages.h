/* messages.h - what people may ask of an account, and what can happen to one: commands
 * and events of accounts and of transfers. (Those of requests: request_messages.h.)
 *
 * Each message is a struct here, and a description of its members in messages.c, under
 * the same name. The first member of a command is the id of the account that decides it.
 * An event belongs to the account in whose stream it is stored. Amounts are whole cents.
 * Money goes from the account `from_id` to the account `to_id`. */
#ifndef BANK_MESSAGES_H
#define BANK_MESSAGES_H

#include <jangle/message.h>

#define ACCOUNT_ID_PATTERN "[0-9][0-9][0-9][0-9][0-9][0-9]"

enum {
    MAX_AMOUNT = 100000000, /* cents: a million */
    MAX_TRANSACTION_ID = 50,
};

/* ---- commands of customers --------------------------------------------------- */

struct create_account {
    const char *name;
    jangle_optional_int initial_deposit;
};

struct deposit_funds {
    const char *account_id;
    int64_t amount;
};

struct withdraw_funds {
    const char *account_id;
    int64_t amount;
};

/* The id of this command becomes the id of the transaction. */
struct transfer_funds {
    const char *account_id;
    const char *to_id;
    int64_t amount;
};

extern const struct jangle_message create_account, deposit_funds, withdraw_funds;
extern const struct jangle_message transfer_funds;

/* ---- commands that only the transfer saga sends ------------------------------ */

struct credit_transfer {
    const char *account_id; /* gets the money */
    const char *transaction_id;
    const char *from_id;
    int64_t amount;
};

struct roll_back_transfer {
    const char *account_id; /* was debited */
    const char *transaction_id;
    const char *reason;
};

extern const struct jangle_message credit_transfer, roll_back_transfer;

/* ---- events of accounts ------------------------------------------------------ */

struct account_id_provisioned { /* an account number was handed out */
    const char *account_id;
};

struct account_created {
    const char *name;
};

/* An event that moves money carries the balance that it led to, and its number in the
 * account's ledger: 1, 2, 3... A reader of the ledger sees by the numbers whether an
 * entry is missing. */
struct funds_deposited {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct funds_withdrawn {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

extern const struct jangle_message account_id_provisioned, account_created;
extern const struct jangle_message funds_deposited, funds_withdrawn;

/* ---- events of transfers ----------------------------------------------------- */

struct transfer_debited { /* the account that sends has paid */
    const char *transaction_id;
    const char *to_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct transfer_credited { /* the account that receives has the money */
    const char *transaction_id;
    const char *from_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct transfer_rolled_back { /* the account that sent has its money back */
    const char *transaction_id;
    const char *reason;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct transfer_closed { /* tells the account that sent: the other one was credited */
    const char *transaction_id;
};

extern const struct jangle_message transfer_debited, transfer_credited;
extern const struct jangle_message transfer_rolled_back, transfer_closed;

#endif
