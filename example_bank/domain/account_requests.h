/* account_requests.h - what requests add to an account: what it remembers of them, and
 * the functions that its tables (account.c) name. */
#ifndef BANK_ACCOUNT_REQUESTS_H
#define BANK_ACCOUNT_REQUESTS_H

#include <jangle/aggregate.h>

/* This account has asked, and has neither the money nor a refusal yet. */
struct sent_request {
    const char *transaction_id;
    const char *from_id;
    int64_t amount;
    jangle_time timeout_at;
};

struct sent_requests {
    struct sent_request *items;
    size_t count;
};

/* This account was asked, and the request is not over. */
struct received_request {
    const char *transaction_id;
    int64_t amount;
    jangle_time timeout_at;
    bool accepted;
    bool debited;
};

struct received_requests {
    struct received_request *items;
    size_t count;
};

extern const struct jangle_message sent_request, received_request;

/* The functions that decide the commands of requests, and those that apply the events. */
jangle_decide_fn account_decide_request, account_decide_approval;
jangle_decide_fn account_decide_acceptance, account_decide_rejection;
jangle_decide_fn account_decide_request_debit, account_decide_request_credit;
jangle_decide_fn account_decide_request_rollback, account_decide_request_closing;
jangle_decide_fn account_decide_request_failure;
jangle_apply_fn account_apply_request_created, account_apply_request_credited;
jangle_apply_fn account_apply_request_failed, account_apply_request_received;
jangle_apply_fn account_apply_request_accepted, account_apply_request_rejected;
jangle_apply_fn account_apply_request_debited, account_apply_request_rolled_back;
jangle_apply_fn account_apply_request_closed;

#endif
