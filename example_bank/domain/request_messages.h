/* request_messages.h - one account asks another for money: the commands and events.
 *
 * The money would go from the account that is asked, `from_id`, to the account that asks,
 * `to_id`. */
#ifndef BANK_REQUEST_MESSAGES_H
#define BANK_REQUEST_MESSAGES_H

#include <jangle/message.h>

/* ---- commands of customers --------------------------------------------------- */

/* Ask the account `from_id` for money. It has half an hour to accept. The id of this
 * command becomes the id of the transaction. */
struct request_funds {
    const char *account_id;
    const char *from_id;
    int64_t amount;
};

struct accept_request {
    const char *account_id; /* was asked */
    const char *transaction_id;
};

struct reject_request {
    const char *account_id; /* was asked */
    const char *transaction_id;
};

extern const struct jangle_message request_funds, accept_request, reject_request;

/* ---- commands that only the request saga sends ------------------------------- */

/* These four go to the account that is asked. */
struct get_request_approval {
    const char *account_id;
    const char *transaction_id;
    const char *to_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct debit_request {
    const char *account_id;
    const char *transaction_id;
};

struct roll_back_request_debit {
    const char *account_id;
    const char *transaction_id;
};

struct close_request { /* nothing was debited, and nothing will be */
    const char *account_id;
    const char *transaction_id;
};

/* These two go to the account that asks. */
struct credit_request {
    const char *account_id;
    const char *transaction_id;
};

struct notify_request_failed {
    const char *account_id;
    const char *transaction_id;
    const char *reason;
};

extern const struct jangle_message get_request_approval, debit_request;
extern const struct jangle_message roll_back_request_debit, close_request;
extern const struct jangle_message credit_request, notify_request_failed;

/* ---- events of the account that asks ----------------------------------------- */

struct request_created {
    const char *transaction_id;
    const char *from_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct request_credited {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct request_failed {
    const char *transaction_id;
    const char *reason;
};

extern const struct jangle_message request_created, request_credited, request_failed;

/* ---- events of the account that is asked ------------------------------------- */

struct request_received {
    const char *transaction_id;
    const char *to_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct request_accepted {
    const char *transaction_id;
};

struct request_rejected {
    const char *transaction_id;
};

struct request_debited {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct request_debit_rolled_back {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct request_closed { /* the other account was credited, or nothing was debited here */
    const char *transaction_id;
};

extern const struct jangle_message request_received, request_accepted;
extern const struct jangle_message request_rejected, request_debited;
extern const struct jangle_message request_debit_rolled_back, request_closed;

#endif
