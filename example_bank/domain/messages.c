/* messages.c - which members each message has, and when a message is sound.
 *
 * A description lists the members that are stored. A check runs before a command is sent
 * and before an event is stored; a message that fails its check is INVALID. */
#include "domain/messages.h"

#include <string.h>

/* ---- checks ------------------------------------------------------------------ */

static void check_creation(struct jangle_check *check, const void *message)
{
    const struct create_account *create = message;

    jangle_check_length(check, create, name, 5, 15);
    jangle_check_range(check, create, initial_deposit, 1, MAX_AMOUNT);
}

static void check_deposit(struct jangle_check *check, const void *message)
{
    const struct deposit_funds *deposit = message;

    jangle_check_pattern(check, deposit, account_id, ACCOUNT_ID_PATTERN);
    jangle_check_range(check, deposit, amount, 1, MAX_AMOUNT);
}

static void check_withdrawal(struct jangle_check *check, const void *message)
{
    const struct withdraw_funds *withdraw = message;

    jangle_check_pattern(check, withdraw, account_id, ACCOUNT_ID_PATTERN);
    jangle_check_range(check, withdraw, amount, 1, MAX_AMOUNT);
}

static void check_transfer(struct jangle_check *check, const void *message)
{
    const struct transfer_funds *transfer = message;

    jangle_check_pattern(check, transfer, account_id, ACCOUNT_ID_PATTERN);
    jangle_check_pattern(check, transfer, to_id, ACCOUNT_ID_PATTERN);
    jangle_check_range(check, transfer, amount, 1, MAX_AMOUNT);
    jangle_check_that(check, transfer, to_id,
                      strcmp(transfer->to_id, transfer->account_id) != 0,
                      "%s cannot send to itself", transfer->account_id);
}

/* A transaction gets the id of its command. If that id is too long, this check refuses
 * the command before any money moves. */
static void check_debit(struct jangle_check *check, const void *message)
{
    const struct transfer_debited *debited = message;

    jangle_check_length(check, debited, transaction_id, 1, MAX_TRANSACTION_ID);
}

/* ---- commands ---------------------------------------------------------------- */

/* All accounts are opened by one aggregate, "bank" (account_ids.c). */
JANGLE_COMMAND_TO(create_account, "bank", name, initial_deposit, check(check_creation));
JANGLE_COMMAND(deposit_funds, account_id, amount, check(check_deposit));
JANGLE_COMMAND(withdraw_funds, account_id, amount, check(check_withdrawal));
JANGLE_COMMAND(transfer_funds, account_id, to_id, amount, check(check_transfer));

/* The saga takes these members from stored events, so they need no check. */
JANGLE_COMMAND(credit_transfer, account_id, transaction_id, from_id, amount);
JANGLE_COMMAND(roll_back_transfer, account_id, transaction_id, reason);

/* ---- events ------------------------------------------------------------------ */

JANGLE_EVENT(account_id_provisioned, account_id);
JANGLE_EVENT(account_created, name);
JANGLE_EVENT(funds_deposited, transaction_id, amount, balance, entry);
JANGLE_EVENT(funds_withdrawn, transaction_id, amount, balance, entry);

JANGLE_EVENT(
    transfer_debited, transaction_id, to_id, amount, balance, entry, check(check_debit));
JANGLE_EVENT(transfer_credited, transaction_id, from_id, amount, balance, entry);
JANGLE_EVENT(transfer_rolled_back, transaction_id, reason, amount, balance, entry);
JANGLE_EVENT(transfer_closed, transaction_id);
