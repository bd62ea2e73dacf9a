/* request_messages.c - the members of each message of requests, and its check. */
#include "domain/request_messages.h"
#include "domain/messages.h"

#include <string.h>

/* ---- checks ------------------------------------------------------------------ */

static void check_request(struct jangle_check *check, const void *message)
{
    const struct request_funds *request = message;

    jangle_check_pattern(check, request, account_id, ACCOUNT_ID_PATTERN);
    jangle_check_pattern(check, request, from_id, ACCOUNT_ID_PATTERN);
    jangle_check_range(check, request, amount, 1, MAX_AMOUNT);
    jangle_check_that(check, request, from_id,
                      strcmp(request->from_id, request->account_id) != 0,
                      "%s cannot ask itself", request->account_id);
}

static void check_acceptance(struct jangle_check *check, const void *message)
{
    const struct accept_request *accept = message;

    jangle_check_pattern(check, accept, account_id, ACCOUNT_ID_PATTERN);
    jangle_check_length(check, accept, transaction_id, 1, MAX_TRANSACTION_ID);
}

static void check_rejection(struct jangle_check *check, const void *message)
{
    const struct reject_request *reject = message;

    jangle_check_pattern(check, reject, account_id, ACCOUNT_ID_PATTERN);
    jangle_check_length(check, reject, transaction_id, 1, MAX_TRANSACTION_ID);
}

static void check_created_request(struct jangle_check *check, const void *message)
{
    const struct request_created *created = message;

    jangle_check_length(check, created, transaction_id, 1, MAX_TRANSACTION_ID);
}

/* ---- commands ---------------------------------------------------------------- */

JANGLE_COMMAND(request_funds, account_id, from_id, amount, check(check_request));
JANGLE_COMMAND(accept_request, account_id, transaction_id, check(check_acceptance));
JANGLE_COMMAND(reject_request, account_id, transaction_id, check(check_rejection));

/* The saga takes these members from stored events, so they need no check. */
JANGLE_COMMAND(
    get_request_approval, account_id, transaction_id, to_id, amount, timeout_at);
JANGLE_COMMAND(debit_request, account_id, transaction_id);
JANGLE_COMMAND(roll_back_request_debit, account_id, transaction_id);
JANGLE_COMMAND(close_request, account_id, transaction_id);
JANGLE_COMMAND(credit_request, account_id, transaction_id);
JANGLE_COMMAND(notify_request_failed, account_id, transaction_id, reason);

/* ---- events ------------------------------------------------------------------ */

JANGLE_EVENT(request_created,
             transaction_id,
             from_id,
             amount,
             timeout_at,
             check(check_created_request));
JANGLE_EVENT(request_credited, transaction_id, amount, balance, entry);
JANGLE_EVENT(request_failed, transaction_id, reason);
JANGLE_EVENT(request_received, transaction_id, to_id, amount, timeout_at);
JANGLE_EVENT(request_accepted, transaction_id);
JANGLE_EVENT(request_rejected, transaction_id);
JANGLE_EVENT(request_debited, transaction_id, amount, balance, entry);
JANGLE_EVENT(request_debit_rolled_back, transaction_id, amount, balance, entry);
JANGLE_EVENT(request_closed, transaction_id);
