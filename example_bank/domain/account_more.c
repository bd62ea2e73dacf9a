/* account_more.c - an account is forgiven its debt, an account is deleted. */
#include "domain/account_more.h"
#include "domain/account.h"
#include "domain/messages.h"

enum {
    FORGIVABLE_DEBT = 10000,
    FORGIVABLE_TIMES = 2,
};

static void check_forgiveness(struct jangle_check *check, const void *message)
{
    const struct forgive_debt *forgive = message;

    jangle_check_pattern(check, forgive, account_id, ACCOUNT_ID_PATTERN);
}

static void check_deletion(struct jangle_check *check, const void *message)
{
    const struct delete_account *deletion = message;

    jangle_check_pattern(check, deletion, account_id, ACCOUNT_ID_PATTERN);
}

JANGLE_COMMAND(forgive_debt, account_id, check(check_forgiveness));
JANGLE_COMMAND(delete_account, account_id, check(check_deletion));
JANGLE_EVENT(debt_forgiven, transaction_id, amount, balance, entry);
JANGLE_EVENT(account_deleted, account_id);

/* ---- decisions --------------------------------------------------------------- */

enum jangle_result account_decide_forgiveness(struct jangle_decision *decision,
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

/* To delete an account twice is no mistake: the second time there is nothing left to do.
 * An account may be deleted while transfers and requests are open, because a deleted
 * account still gets back what is its own. */
enum jangle_result account_decide_deletion(struct jangle_decision *decision,
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

/* ---- events: what each one changes ------------------------------------------- */

void account_apply_forgiven(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;
    const struct debt_forgiven *forgiven = event->data;

    account->balance += forgiven->amount;
    account->entries = forgiven->entry;
    account->times_forgiven++;
}

void account_apply_deleted(void *state, const struct jangle_event *event)
{
    struct account_state *account = state;

    (void)event;
    account->deleted = true;
}
