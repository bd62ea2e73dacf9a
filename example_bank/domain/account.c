/* account.c - the rules of an account: which commands it obeys, and what its events mean.
 *
 * A decision reads the state of the account and a command, and emits events or refuses.
 * An event then changes the state. A decision changes nothing itself: the same functions
 * that apply new events rebuild the state from old ones, whenever an account
 * is loaded. */
#include "domain/account.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"

#include <string.h>

enum { OVERDRAFT_LIMIT = 10000 /* cents */ };

JANGLE_STRUCT(open_transfer, transaction_id, amount);
JANGLE_STRUCT(account_state,
              exists,
              deleted,
              balance,
              entries,
              times_forgiven,
              list(transfers, open_transfer),
              list(sent, sent_request),
              list(received, received_request));

/* ---- decisions: money in, money out ------------------------------------------ */

enum jangle_result account_refuse_unless_live(struct jangle_decision *decision,
                                              const struct account_state *account,
                                              const struct jangle_command *command)
{
    if (!account->exists)
        return jangle_reject(decision, "account %s does not exist",
                             command->aggregate_id);
    if (account->deleted)
        return jangle_reject(decision, "account %s is deleted", command->aggregate_id);
    return JANGLE_OK;
}

enum jangle_result account_refuse_overdraft(struct jangle_decision *decision,
                                            const struct account_state *account,
                                            int64_t amount)
{
    if (account->balance - amount < -OVERDRAFT_LIMIT)
        return jangle_reject(decision, "insufficient funds");
    return JANGLE_OK;
}

static enum jangle_result decide_deposit(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct deposit_funds *deposit = command->data;

    if (account_refuse_unless_live(decision, account, command))
        return JANGLE_REJECTED;
    return jangle_emit(decision, funds_deposited, .transaction_id = command->id,
                       .amount = deposit->amount,
                       .balance = account->balance + deposit->amount,
                       .entry = account->entries + 1);
}

static enum jangle_result decide_withdrawal(struct jangle_decision *decision,
                                            const void *state,
                                            const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct withdraw_funds *withdraw = command->data;

    if (account_refuse_unless_live(decision, account, command) ||
        account_refuse_overdraft(decision, account, withdraw->amount))
        return JANGLE_REJECTED;
    return jangle_emit(decision, funds_withdrawn, .transaction_id = command->id,
                       .amount = withdraw->amount,
                       .balance = account->balance - withdraw->amount,
                       .entry = account->entries + 1);
}

/* ---- decisions: a transfer to another account -------------------------------- */

static struct open_transfer *find_transfer(const struct account_state *account,
                                           const char *id)
{
    for (size_t i = 0; i < account->transfers.count; i++)
        if (strcmp(account->transfers.items[i].transaction_id, id) == 0)
            return &account->transfers.items[i];
    return NULL;
}

/* Here the transfer begins: the account that sends pays. */
static enum jangle_result decide_transfer(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct transfer_funds *transfer = command->data;

    if (account_refuse_unless_live(decision, account, command) ||
        account_refuse_overdraft(decision, account, transfer->amount))
        return JANGLE_REJECTED;
    return jangle_emit(decision, transfer_debited, .transaction_id = command->id,
                       .to_id = transfer->to_id, .amount = transfer->amount,
                       .balance = account->balance - transfer->amount,
                       .entry = account->entries + 1);
}

/* The account that receives is credited. In the same commit the account that sent learns
 * of it, so there is no moment at which the money could also be rolled back. */
static enum jangle_result decide_transfer_credit(struct jangle_decision *decision,
                                                 const void *state,
                                                 const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct credit_transfer *credit = command->data;

    if (account_refuse_unless_live(decision, account, command))
        return JANGLE_REJECTED;
    jangle_emit(decision, transfer_credited, .transaction_id = credit->transaction_id,
                .from_id = credit->from_id, .amount = credit->amount,
                .balance = account->balance + credit->amount,
                .entry = account->entries + 1);
    return jangle_emit_to(decision, &account_aggregate, credit->from_id, transfer_closed,
                          .transaction_id = credit->transaction_id);
}

/* An account gets back only what it was debited, and only once. A deleted account gets it
 * back, too, because otherwise the money would vanish. */
static enum jangle_result decide_transfer_rollback(struct jangle_decision *decision,
                                                   const void *state,
                                                   const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct roll_back_transfer *roll_back = command->data;
    const struct open_transfer *transfer =
        find_transfer(account, roll_back->transaction_id);

    if (!transfer)
        return jangle_reject(decision, "no open transfer %s", roll_back->transaction_id);
    return jangle_emit(
        decision, transfer_rolled_back, .transaction_id = transfer->transaction_id,
        .reason = roll_back->reason, .amount = transfer->amount,
        .balance = account->balance + transfer->amount, .entry = account->entries + 1);
}

/* ---- events: what each one changes ------------------------------------------- */

static void apply_created(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;

    (void)event;
    account->exists = true;
}

static void apply_deposited(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct funds_deposited *deposited = event->data;

    account->balance += deposited->amount;
    account->entries = deposited->entry;
}

static void apply_withdrawn(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct funds_withdrawn *withdrawn = event->data;

    account->balance -= withdrawn->amount;
    account->entries = withdrawn->entry;
}

static void apply_transfer_debited(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct transfer_debited *debited = event->data;

    account->balance -= debited->amount;
    account->entries = debited->entry;
    jangle_list_add(event->arena, &account->transfers, open_transfer,
                    .transaction_id = debited->transaction_id, .amount = debited->amount);
}

static void apply_transfer_credited(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct transfer_credited *credited = event->data;

    account->balance += credited->amount;
    account->entries = credited->entry;
}

static void forget_transfer(struct account_state *account, const char *id)
{
    const struct open_transfer *transfer = find_transfer(account, id);

    if (transfer)
        jangle_list_remove(&account->transfers,
                           (size_t)(transfer - account->transfers.items));
}

static void apply_transfer_rolled_back(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct transfer_rolled_back *rolled_back = event->data;

    account->balance += rolled_back->amount;
    account->entries = rolled_back->entry;
    forget_transfer(account, rolled_back->transaction_id);
}

static void apply_transfer_closed(void *state, const struct jangle_event *event)
{
    const struct transfer_closed *closed = event->data;

    forget_transfer(state, closed->transaction_id);
}

/* ---- the tables: each command and each event with its function --------------- */

const struct jangle_aggregate account_aggregate = {
    .name = "account",
    .state = &account_state,
    .commands =
        JANGLE_DECIDERS({&deposit_funds, decide_deposit},
                        {&withdraw_funds, decide_withdrawal},
                        {&transfer_funds, decide_transfer},
                        {&credit_transfer, decide_transfer_credit},
                        {&roll_back_transfer, decide_transfer_rollback},
                        /* account_more.c */
                        {&forgive_debt, account_decide_forgiveness},
                        {&delete_account, account_decide_deletion},
                        /* account_requests.c */
                        {&request_funds, account_decide_request},
                        {&get_request_approval, account_decide_approval},
                        {&accept_request, account_decide_acceptance},
                        {&reject_request, account_decide_rejection},
                        {&debit_request, account_decide_request_debit},
                        {&credit_request, account_decide_request_credit},
                        {&roll_back_request_debit, account_decide_request_rollback},
                        {&close_request, account_decide_request_closing},
                        {&notify_request_failed, account_decide_request_failure}),
    .events =
        JANGLE_APPLIERS({&account_created, apply_created},
                        {&funds_deposited, apply_deposited},
                        {&funds_withdrawn, apply_withdrawn},
                        {&transfer_debited, apply_transfer_debited},
                        {&transfer_credited, apply_transfer_credited},
                        {&transfer_rolled_back, apply_transfer_rolled_back},
                        {&transfer_closed, apply_transfer_closed},
                        /* account_more.c */
                        {&debt_forgiven, account_apply_forgiven},
                        {&account_deleted, account_apply_deleted},
                        /* account_requests.c */
                        {&request_created, account_apply_request_created},
                        {&request_credited, account_apply_request_credited},
                        {&request_failed, account_apply_request_failed},
                        {&request_received, account_apply_request_received},
                        {&request_accepted, account_apply_request_accepted},
                        {&request_rejected, account_apply_request_rejected},
                        {&request_debited, account_apply_request_debited},
                        {&request_debit_rolled_back, account_apply_request_rolled_back},
                        {&request_closed, account_apply_request_closed}),
    .snapshot_every = 100,
};
