/* account_transfers.c - money sent to another account: debited here, credited there, or
 * given back.
 *
 * The account that sends remembers a transfer until it is either credited there or rolled
 * back here. It learns of the credit in the credit's own commit, so there is no moment at
 * which both have the money, and none at which a rollback would bring it twice. */
#include "domain/account_parts.h"
#include "domain/messages.h"

#include <string.h>

static struct open_transfer *find(const struct account_state *account, const char *id)
{
    for (size_t i = 0; i < account->transfers.count; i++)
        if (strcmp(account->transfers.items[i].transaction_id, id) == 0)
            return &account->transfers.items[i];
    return NULL;
}

static void forget(struct account_state *account, const char *id)
{
    const struct open_transfer *transfer = find(account, id);

    if (transfer)
        jangle_list_remove(&account->transfers,
                           (size_t)(transfer - account->transfers.items));
}

/* ---- decisions --------------------------------------------------------------- */

enum jangle_result account_decide_transfer(struct jangle_decision *decision,
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

enum jangle_result account_decide_transfer_credit(struct jangle_decision *decision,
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

/* Only what was debited, and by that amount. A deleted account gets its money back, too:
 * it must not vanish. */
enum jangle_result account_decide_transfer_rollback(struct jangle_decision *decision,
                                                    const void *state,
                                                    const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct roll_back_transfer *roll_back = command->data;
    const struct open_transfer *transfer = find(account, roll_back->transaction_id);

    if (!transfer)
        return jangle_reject(decision, "no open transfer %s", roll_back->transaction_id);
    return jangle_emit(
        decision, transfer_rolled_back, .transaction_id = transfer->transaction_id,
        .reason = roll_back->reason, .amount = transfer->amount,
        .balance = account->balance + transfer->amount, .entry = account->entries + 1);
}

/* ---- facts ------------------------------------------------------------------- */

void account_apply_transfer_debited(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct transfer_debited *debited = event->data;

    account->balance -= debited->amount;
    account->entries = debited->entry;
    jangle_list_add(event->arena, &account->transfers, open_transfer,
                    .transaction_id = debited->transaction_id, .amount = debited->amount);
}

void account_apply_transfer_credited(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct transfer_credited *credited = event->data;

    account->balance += credited->amount;
    account->entries = credited->entry;
}

void account_apply_transfer_rolled_back(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct transfer_rolled_back *rolled_back = event->data;

    account->balance += rolled_back->amount;
    account->entries = rolled_back->entry;
    forget(account, rolled_back->transaction_id);
}

void account_apply_transfer_closed(void *state, const struct jangle_event *event)
{
    const struct transfer_closed *closed = event->data;

    forget(state, closed->transaction_id);
}
