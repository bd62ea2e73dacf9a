/* account.c - money comes in, money goes out, up to 100.00 into the red. */
#include "account.h"
#include "messages.h"

enum {
    OVERDRAFT_LIMIT = 10000,
    FORGIVABLE_DEBT = 10000,
    FORGIVABLE_TIMES = 2,
};

JANGLE_STRUCT(account_state, exists, deleted, balance, entries, times_forgiven);

/* ---- decisions: a command becomes events, or is refused ---------------------- */

/* The same for every command that moves money. */
static enum jangle_result refuse_unless_live(struct jangle_decision *decision,
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

static enum jangle_result decide_deposit(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct deposit_funds *deposit = command->data;

    if (refuse_unless_live(decision, account, command))
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
    int64_t balance = account->balance - withdraw->amount;

    if (refuse_unless_live(decision, account, command))
        return JANGLE_REJECTED;
    if (balance < -OVERDRAFT_LIMIT)
        return jangle_reject(decision, "insufficient funds");
    return jangle_emit(decision, funds_withdrawn, .transaction_id = command->id,
                       .amount = withdraw->amount, .balance = balance,
                       .entry = account->entries + 1);
}

static enum jangle_result decide_forgiveness(struct jangle_decision *decision,
                                             const void *state,
                                             const struct jangle_command *command)
{
    const struct account_state *account = state;

    if (refuse_unless_live(decision, account, command))
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

/* Deleting twice is no mistake: the second time there is nothing left to do. */
static enum jangle_result decide_deletion(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct account_state *account = state;

    if (account->deleted)
        return JANGLE_OK;
    if (refuse_unless_live(decision, account, command))
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

static const struct jangle_decider commands[] = {
    {&deposit_funds, decide_deposit},
    {&withdraw_funds, decide_withdrawal},
    {&forgive_debt, decide_forgiveness},
    {&delete_account, decide_deletion},
    {0},
};

static const struct jangle_applier events[] = {
    {&account_created, apply_created},   {&account_deleted, apply_deleted},
    {&funds_deposited, apply_deposited}, {&funds_withdrawn, apply_withdrawn},
    {&debt_forgiven, apply_forgiven},    {0},
};

const struct jangle_aggregate account_aggregate = {
    .name = "account",
    .state = &account_state,
    .commands = commands,
    .events = events,
    .snapshot_every = 100,
};
