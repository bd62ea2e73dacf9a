/* account.c - money comes in, money goes out, up to 100.00 into the red. */
#include "domain/account_parts.h"
#include "domain/messages.h"

enum {
    OVERDRAFT_LIMIT = 10000,
    FORGIVABLE_DEBT = 10000,
    FORGIVABLE_TIMES = 2,
};

JANGLE_STRUCT(open_transfer, transaction_id, amount);
JANGLE_STRUCT(sent_request, transaction_id, from_id, amount, timeout_at);
JANGLE_STRUCT(received_request, transaction_id, amount, timeout_at, accepted, debited);
JANGLE_STRUCT(account_state,
              exists,
              deleted,
              balance,
              entries,
              times_forgiven,
              list(transfers, open_transfer),
              list(sent, sent_request),
              list(received, received_request));

/* ---- decisions: a command becomes events, or is refused ---------------------- */

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

static enum jangle_result decide_forgiveness(struct jangle_decision *decision,
                                             const void *state,
                                             const struct jangle_command *command)
{
    const struct account_state *account = state;

    if (account_refuse_unless_live(decision, account, command))
        return JANGLE_REJECTED;
    if (account->times_forgiven >= FORGIVABLE_TIMES)
        return jangle_reject(decision, "forgiveness quota exceeded");
    if (account->balance >= 0)
        return jangle_reject(decision, "forgiveness not applicable");
    if (account->balance < -FORGIVABLE_DEBT)
        return jangle_reject(decision, "debt too large to be forgiven");
    return jangle_emit(decision, debt_forgiven, .transaction_id = command->id,
                       .amount = -account->balance, .balance = 0,
                       .entry = account->entries + 1);
}

/* Deleting twice is no mistake: the second time there is nothing left to do. Transfers
 * and requests may be open: what is owed to a deleted account is still booked there. */
static enum jangle_result decide_deletion(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct account_state *account = state;

    if (account->deleted)
        return JANGLE_OK;
    if (account_refuse_unless_live(decision, account, command))
        return JANGLE_REJECTED;
    return jangle_emit(decision, account_deleted, .account_id = command->aggregate_id);
}

/* ---- facts: an event becomes state ------------------------------------------- */

static void apply_created(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;

    (void)event;
    account->exists = true;
}

static void apply_deleted(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;

    (void)event;
    account->deleted = true;
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

static void apply_forgiven(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct debt_forgiven *forgiven = event->data;

    account->balance += forgiven->amount;
    account->entries = forgiven->entry;
    account->times_forgiven++;
}

/* ---- the tables -------------------------------------------------------------- */

const struct jangle_aggregate account_aggregate = {
    .name = "account",
    .state = &account_state,
    .commands =
        JANGLE_DECIDERS({&deposit_funds, decide_deposit},
                        {&withdraw_funds, decide_withdrawal},
                        {&forgive_debt, decide_forgiveness},
                        {&delete_account, decide_deletion},
                        {&transfer_funds, account_decide_transfer},
                        {&credit_transfer, account_decide_transfer_credit},
                        {&roll_back_transfer, account_decide_transfer_rollback},
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
                        {&account_deleted, apply_deleted},
                        {&funds_deposited, apply_deposited},
                        {&funds_withdrawn, apply_withdrawn},
                        {&debt_forgiven, apply_forgiven},
                        {&transfer_debited, account_apply_transfer_debited},
                        {&transfer_credited, account_apply_transfer_credited},
                        {&transfer_rolled_back, account_apply_transfer_rolled_back},
                        {&transfer_closed, account_apply_transfer_closed},
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
