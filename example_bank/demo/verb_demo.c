/* verb_demo.c - the verb demo: the story of two customers, step by step. Each step says
 * what is asked, what is expected, and what came.
 *
 * The demo opens new accounts each time, so it can run again on the same file. */
#include "demo/verb_demo.h"
#include "app/bank.h"
#include "app/catch_up.h"
#include "cli/complaint.h"
#include "cli/money.h"
#include "cli/show.h"
#include "demo/story.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"

#include <inttypes.h>

struct customers {
    char hspbc[8], natalie[8]; /* account numbers */
};

struct transaction {
    char id[sizeof((struct jangle_outcome *)0)->command_id];
};

/* ---- one account ------------------------------------------------------------- */

static void open_accounts(struct story *story, struct customers *customers)
{
    story_ask(story, "Open an account for HSPBC");
    jangle_send(story->bank, &story->outcome, create_account, .name = "HSPBC");
    story_hear(story, JANGLE_OK);
    snprintf(customers->hspbc, sizeof customers->hspbc, "%.7s", story->outcome.reply);

    story_ask(story, "Open an account for Natalie, with %s", MONEY(10000));
    jangle_send(story->bank, &story->outcome, create_account, .name = "Natalie",
                .initial_deposit = {true, 10000});
    story_hear(story, JANGLE_OK);
    snprintf(customers->natalie, sizeof customers->natalie, "%.7s", story->outcome.reply);

    story_ask(story, "Open an account for Bob, who is too short a name");
    jangle_send(story->bank, &story->outcome, create_account, .name = "Bob");
    story_hear(story, JANGLE_INVALID);
}

/* A command that is given an id is done once, however often it is sent. */
static void deposit_once(struct story *story, const char *account_id)
{
    struct jangle_envelope envelope = {0};
    char id[40];

    snprintf(id, sizeof id, "first deposit into %s", account_id);
    envelope.command_id = id;
    story_ask(story, "Deposit %s into %s", MONEY(5050), account_id);
    jangle_send_in(story->bank, &story->outcome, &envelope, deposit_funds,
                   .account_id = account_id, .amount = 5050);
    story_hear(story, JANGLE_OK);

    story_ask(story, "The answer got lost: send the same command again");
    jangle_send_in(story->bank, &story->outcome, &envelope, deposit_funds,
                   .account_id = account_id, .amount = 5050);
    story_hear(story, JANGLE_OK);
}

static void get_into_debt_and_out(struct story *story, const char *account_id)
{
    story_ask(story, "Withdraw %s from %s", MONEY(25000), account_id);
    jangle_send(story->bank, &story->outcome, withdraw_funds, .account_id = account_id,
                .amount = 25000);
    story_hear(story, JANGLE_REJECTED);

    story_ask(story, "Withdraw %s from %s, up to %s below zero is allowed", MONEY(15000),
              account_id, MONEY(10000));
    jangle_send(story->bank, &story->outcome, withdraw_funds, .account_id = account_id,
                .amount = 15000);
    story_hear(story, JANGLE_OK);

    story_ask(story, "Forgive %s the debt of %s", account_id, MONEY(5000));
    jangle_send(story->bank, &story->outcome, forgive_debt, .account_id = account_id);
    story_hear(story, JANGLE_OK);

    story_ask(story, "Forgive it again, though nothing is owed now");
    jangle_send(story->bank, &story->outcome, forgive_debt, .account_id = account_id);
    story_hear(story, JANGLE_REJECTED);
}

/* ---- from one account to another --------------------------------------------- */

static void send_transfers(struct story *story, const struct customers *customers)
{
    story_ask(story, "Send %s from %s to 999999, which nobody has opened", MONEY(2000),
              customers->hspbc);
    jangle_send(story->bank, &story->outcome, transfer_funds,
                .account_id = customers->hspbc, .to_id = "999999", .amount = 2000);
    story_follow(story, &(struct story_end){JANGLE_OK, story->outcome.command_id,
                                            "rolled back", customers->hspbc, 5050});

    story_ask(story, "Send %s from %s to %s", MONEY(1900), customers->hspbc,
              customers->natalie);
    jangle_send(story->bank, &story->outcome, transfer_funds,
                .account_id = customers->hspbc, .to_id = customers->natalie,
                .amount = 1900);
    story_follow(story, &(struct story_end){JANGLE_OK, story->outcome.command_id,
                                            "credited", customers->hspbc, 3150});
}

/* Natalie asks HSPBC, which has `balance`. */
static struct transaction send_request(struct story *story,
                                       const struct customers *customers,
                                       int64_t amount,
                                       int64_t balance)
{
    struct transaction transaction;

    story_ask(story, "%s asks %s for %s", customers->natalie, customers->hspbc,
              MONEY(amount));
    jangle_send(story->bank, &story->outcome, request_funds,
                .account_id = customers->natalie, .from_id = customers->hspbc,
                .amount = amount);
    snprintf(transaction.id, sizeof transaction.id, "%s", story->outcome.command_id);
    story_follow(story, &(struct story_end){JANGLE_OK, transaction.id, "received",
                                            customers->hspbc, balance});
    return transaction;
}

static void accept_it(struct story *story,
                      const struct customers *customers,
                      const struct transaction *transaction,
                      const char *state,
                      int64_t balance)
{
    story_ask(story, "%s accepts", customers->hspbc);
    jangle_send(story->bank, &story->outcome, accept_request,
                .account_id = customers->hspbc, .transaction_id = transaction->id);
    story_follow(story, &(struct story_end){JANGLE_OK, transaction->id, state,
                                            customers->hspbc, balance});
}

static void reject_it(struct story *story,
                      const struct customers *customers,
                      const struct transaction *transaction)
{
    story_ask(story, "%s rejects", customers->hspbc);
    jangle_send(story->bank, &story->outcome, reject_request,
                .account_id = customers->hspbc, .transaction_id = transaction->id);
    story_follow(story, &(struct story_end){JANGLE_OK, transaction->id, "failed",
                                            customers->hspbc, 1607});
}

static void ask_for_money(struct story *story, const struct customers *customers)
{
    struct transaction asked = send_request(story, customers, 1543, 3150);

    story_ask(story, "%s accepts, but by a number that no request has", customers->hspbc);
    jangle_send(story->bank, &story->outcome, accept_request,
                .account_id = customers->hspbc, .transaction_id = "no such request");
    story_hear(story, JANGLE_REJECTED);
    accept_it(story, customers, &asked, "credited", 1607);

    story_ask(story, "%s rejects it after all", customers->hspbc);
    jangle_send(story->bank, &story->outcome, reject_request,
                .account_id = customers->hspbc, .transaction_id = asked.id);
    story_hear(story, JANGLE_REJECTED);
}

static void ask_for_too_much(struct story *story, const struct customers *customers)
{
    struct transaction asked = send_request(story, customers, 100000, 1607);

    accept_it(story, customers, &asked, "failed", 1607);
    asked = send_request(story, customers, 100000, 1607);
    reject_it(story, customers, &asked);
}

/* ---- the end ----------------------------------------------------------------- */

/* The account that asked is deleted before the money comes, so the money goes back. */
static void ask_and_leave(struct story *story, const struct customers *customers)
{
    struct transaction asked = send_request(story, customers, 1543, 1607);

    story_ask(story, "Delete %s", customers->natalie);
    jangle_send(story->bank, &story->outcome, delete_account,
                .account_id = customers->natalie);
    story_hear(story, JANGLE_OK);

    story_ask(story, "Delete it again");
    jangle_send(story->bank, &story->outcome, delete_account,
                .account_id = customers->natalie);
    story_hear(story, JANGLE_OK);

    story_ask(story, "Deposit %s into it", MONEY(1900));
    jangle_send(story->bank, &story->outcome, deposit_funds,
                .account_id = customers->natalie, .amount = 1900);
    story_hear(story, JANGLE_REJECTED);
    accept_it(story, customers, &asked, "rolled back", 1607);
}

static void tell_story(struct story *story, struct customers *customers)
{
    open_accounts(story, customers);
    deposit_once(story, customers->hspbc);
    get_into_debt_and_out(story, customers->natalie);
    send_transfers(story, customers);
    ask_for_money(story, customers);
    ask_for_too_much(story, customers);
    ask_and_leave(story, customers);
}

/* Show what the views say. They follow the events, so wait for them first. */
static int show_all(struct jangle *bank, const struct customers *customers)
{
    int status;

    if (!bank_catch_up(bank))
        return 1;
    printf("\n");
    status = show_accounts(bank);
    status |= show_account(bank, customers->hspbc);
    status |= show_ledger(bank, customers->hspbc);
    status |= show_ledger(bank, customers->natalie);
    status |= show_payments(bank, customers->hspbc);
    status |= show_stats(bank);
    return status;
}

static int verb_demo(const struct options *options)
{
    struct story story = {.bank = bank_open(options->db, 0)};
    struct customers customers = {0};
    struct jangle_stats before = {0};
    int status;

    if (!story.bank)
        return 1;
    jangle_measure(story.bank, &before);
    printf("The bank is kept in %s.\n", options->db);
    if (before.position)
        printf("%" PRId64 " events are in it; the story goes on with new accounts.\n",
               before.position);
    printf("\n");
    tell_story(&story, &customers);
    status = show_all(story.bank, &customers);
    bank_close(story.bank);
    if (story.surprises)
        return bank_complain("%d answers were not as expected", story.surprises);
    printf("All %d steps came out as expected.\n", story.steps);
    return status;
}

static const struct verb verbs[] = {
    {"demo", "run a story, step by step: what is asked, expected, and answered",
     verb_demo, 0, OPTION_BEGINS},
};

const struct verb_table demo_verbs = JANGLE_ARRAY(verbs);
