/* account_requests.c - one account asks another one for money: the rules of both.
 *
 * The account that asks remembers a request as `sent`, until it is credited or learns
 * that the request has failed. The account that is asked remembers it as `received`,
 * until it rejects the request, gets its debit back, or learns that the request is
 * closed. It learns of the credit in the commit of the credit, as with a transfer.
 *
 * Whether an answer comes in time is decided by the time of its command. What follows an
 * acceptance is never too late: an account that accepted in time pays, however long the
 * saga was stopped. */
#include "domain/account_requests.h"
#include "domain/account.h"
#include "domain/messages.h"
#include "domain/request_messages.h"

#include <string.h>

enum { REQUEST_LIFETIME_MS = 30 * 60 * 1000 };

JANGLE_STRUCT(sent_request, transaction_id, from_id, amount, timeout_at);
JANGLE_STRUCT(received_request, transaction_id, amount, timeout_at, accepted, debited);

static struct sent_request *find_sent(const struct account_state *account, const char *id)
{
    for (size_t i = 0; i < account->sent.count; i++)
        if (strcmp(account->sent.items[i].transaction_id, id) == 0)
            return &account->sent.items[i];
    return NULL;
}

static struct received_request *find_received(const struct account_state *account,
                                              const char *id)
{
    for (size_t i = 0; i < account->received.count; i++)
        if (strcmp(account->received.items[i].transaction_id, id) == 0)
            return &account->received.items[i];
    return NULL;
}

static void forget_sent(struct account_state *account, const char *id)
{
    const struct sent_request *request = find_sent(account, id);

    if (request)
        jangle_list_remove(&account->sent, (size_t)(request - account->sent.items));
}

static void forget_received(struct account_state *account, const char *id)
{
    const struct received_request *request = find_received(account, id);

    if (request)
        jangle_list_remove(&account->received,
                           (size_t)(request - account->received.items));
}

/* ---- decisions of both accounts ---------------------------------------------- */

static enum jangle_result
refuse_unknown(struct jangle_decision *decision, const void *request, const char *id)
{
    return request ? JANGLE_OK : jangle_reject(decision, "no open request %s", id);
}

static enum jangle_result refuse_late(struct jangle_decision *decision,
                                      const struct jangle_command *command,
                                      jangle_time timeout_at)
{
    if (jangle_time_before(command->at, timeout_at))
        return JANGLE_OK;
    return jangle_reject(decision, "the request has timed out");
}

/* ---- decisions of the account that asks -------------------------------------- */

enum jangle_result account_decide_request(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct request_funds *request = command->data;

    if (account_refuse_unless_live(decision, state, command))
        return JANGLE_REJECTED;
    return jangle_emit(decision, request_created, .transaction_id = command->id,
                       .from_id = request->from_id, .amount = request->amount,
                       .timeout_at =
                           jangle_time_after_ms(command->at, REQUEST_LIFETIME_MS));
}

enum jangle_result account_decide_request_credit(struct jangle_decision *decision,
                                                 const void *state,
                                                 const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct credit_request *credit = command->data;
    const struct sent_request *request = find_sent(account, credit->transaction_id);

    if (account_refuse_unless_live(decision, account, command) ||
        refuse_unknown(decision, request, credit->transaction_id))
        return JANGLE_REJECTED;
    jangle_emit(decision, request_credited, .transaction_id = request->transaction_id,
                .amount = request->amount, .balance = account->balance + request->amount,
                .entry = account->entries + 1);
    return jangle_emit_to(decision, &account_aggregate, request->from_id, request_closed,
                          .transaction_id = request->transaction_id);
}

/* A late request fails, too, and so does one of a deleted account: each request ends. */
enum jangle_result account_decide_request_failure(struct jangle_decision *decision,
                                                  const void *state,
                                                  const struct jangle_command *command)
{
    const struct notify_request_failed *notify = command->data;
    const struct sent_request *request = find_sent(state, notify->transaction_id);

    if (refuse_unknown(decision, request, notify->transaction_id))
        return JANGLE_REJECTED;
    return jangle_emit(decision, request_failed,
                       .transaction_id = request->transaction_id,
                       .reason = notify->reason);
}

/* ---- decisions of the account that is asked ---------------------------------- */

/* To be asked twice for the same request changes nothing. */
enum jangle_result account_decide_approval(struct jangle_decision *decision,
                                           const void *state,
                                           const struct jangle_command *command)
{
    const struct get_request_approval *approval = command->data;

    if (account_refuse_unless_live(decision, state, command) ||
        refuse_late(decision, command, approval->timeout_at))
        return JANGLE_REJECTED;
    if (find_received(state, approval->transaction_id))
        return JANGLE_OK;
    return jangle_emit(decision, request_received,
                       .transaction_id = approval->transaction_id,
                       .to_id = approval->to_id, .amount = approval->amount,
                       .timeout_at = approval->timeout_at);
}

/* An acceptance and a rejection are refused for the same reasons. */
static enum jangle_result refuse_answer(struct jangle_decision *decision,
                                        const struct account_state *account,
                                        const struct jangle_command *command,
                                        const char *id,
                                        const struct received_request *request)
{
    if (account_refuse_unless_live(decision, account, command) ||
        refuse_unknown(decision, request, id) ||
        refuse_late(decision, command, request->timeout_at))
        return JANGLE_REJECTED;
    return JANGLE_OK;
}

enum jangle_result account_decide_acceptance(struct jangle_decision *decision,
                                             const void *state,
                                             const struct jangle_command *command)
{
    const struct accept_request *accept = command->data;
    const struct received_request *request = find_received(state, accept->transaction_id);

    if (refuse_answer(decision, state, command, accept->transaction_id, request))
        return JANGLE_REJECTED;
    if (request->accepted)
        return JANGLE_OK;
    return jangle_emit(decision, request_accepted,
                       .transaction_id = request->transaction_id);
}

enum jangle_result account_decide_rejection(struct jangle_decision *decision,
                                            const void *state,
                                            const struct jangle_command *command)
{
    const struct reject_request *reject = command->data;
    const struct received_request *request = find_received(state, reject->transaction_id);

    if (refuse_answer(decision, state, command, reject->transaction_id, request))
        return JANGLE_REJECTED;
    if (request->accepted)
        return jangle_reject(decision, "the request has been accepted");
    return jangle_emit(decision, request_rejected,
                       .transaction_id = request->transaction_id);
}

enum jangle_result account_decide_request_debit(struct jangle_decision *decision,
                                                const void *state,
                                                const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct debit_request *debit = command->data;
    const struct received_request *request =
        find_received(account, debit->transaction_id);

    if (account_refuse_unless_live(decision, account, command) ||
        refuse_unknown(decision, request, debit->transaction_id))
        return JANGLE_REJECTED;
    if (!request->accepted)
        return jangle_reject(decision, "the request has not been accepted");
    if (request->debited)
        return JANGLE_OK;
    if (account_refuse_overdraft(decision, account, request->amount))
        return JANGLE_REJECTED;
    return jangle_emit(
        decision, request_debited, .transaction_id = request->transaction_id,
        .amount = request->amount, .balance = account->balance - request->amount,
        .entry = account->entries + 1);
}

/* What was debited is given back, however late it is, and to a deleted account, too. */
enum jangle_result account_decide_request_rollback(struct jangle_decision *decision,
                                                   const void *state,
                                                   const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct roll_back_request_debit *roll_back = command->data;
    const struct received_request *request =
        find_received(account, roll_back->transaction_id);

    if (refuse_unknown(decision, request, roll_back->transaction_id))
        return JANGLE_REJECTED;
    if (!request->debited)
        return jangle_reject(decision, "nothing was debited");
    return jangle_emit(
        decision, request_debit_rolled_back, .transaction_id = request->transaction_id,
        .amount = request->amount, .balance = account->balance + request->amount,
        .entry = account->entries + 1);
}

/* A request that was debited is not closed like this: its debit is rolled back, or the
 * other account is credited. */
enum jangle_result account_decide_request_closing(struct jangle_decision *decision,
                                                  const void *state,
                                                  const struct jangle_command *command)
{
    const struct close_request *closing = command->data;
    const struct received_request *request =
        find_received(state, closing->transaction_id);

    if (refuse_unknown(decision, request, closing->transaction_id))
        return JANGLE_REJECTED;
    if (request->debited)
        return jangle_reject(decision, "the request has been debited");
    return jangle_emit(decision, request_closed,
                       .transaction_id = request->transaction_id);
}

/* ---- events: what each one changes ------------------------------------------- */

void account_apply_request_created(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct request_created *created = event->data;

    jangle_list_add(event->arena, &account->sent, sent_request,
                    .transaction_id = created->transaction_id,
                    .from_id = created->from_id, .amount = created->amount,
                    .timeout_at = created->timeout_at);
}

void account_apply_request_credited(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct request_credited *credited = event->data;

    account->balance += credited->amount;
    account->entries = credited->entry;
    forget_sent(account, credited->transaction_id);
}

void account_apply_request_failed(void *state, const struct jangle_event *event)
{
    const struct request_failed *failed = event->data;

    forget_sent(state, failed->transaction_id);
}

void account_apply_request_received(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct request_received *received = event->data;

    jangle_list_add(event->arena, &account->received, received_request,
                    .transaction_id = received->transaction_id,
                    .amount = received->amount, .timeout_at = received->timeout_at);
}

void account_apply_request_accepted(void *state, const struct jangle_event *event)
{
    const struct request_accepted *accepted = event->data;
    struct received_request *request = find_received(state, accepted->transaction_id);

    if (request)
        request->accepted = true;
}

void account_apply_request_rejected(void *state, const struct jangle_event *event)
{
    const struct request_rejected *rejected = event->data;

    forget_received(state, rejected->transaction_id);
}

void account_apply_request_debited(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct request_debited *debited = event->data;
    struct received_request *request = find_received(account, debited->transaction_id);

    account->balance -= debited->amount;
    account->entries = debited->entry;
    if (request)
        request->debited = true;
}

void account_apply_request_rolled_back(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct request_debit_rolled_back *rolled_back = event->data;

    account->balance += rolled_back->amount;
    account->entries = rolled_back->entry;
    forget_received(account, rolled_back->transaction_id);
}

void account_apply_request_closed(void *state, const struct jangle_event *event)
{
    const struct request_closed *closed = event->data;

    forget_received(state, closed->transaction_id);
}
