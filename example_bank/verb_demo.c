/* verb_demo.c - a story, step by step: what was asked, and what was answered.
 *
 * It opens new accounts each time, so it can be told again on the same file. */
#include "bank.h"
#include "messages.h"
#include "money.h"
#include "show.h"
#include "verbs.h"

#include <inttypes.h>
#include <stdarg.h>

struct story {
    struct jangle *bank;
    struct jangle_outcome outcome; /* of the last command */
    int steps;
    int surprises;
    char company[8], natalie[8]; /* account numbers */
};

static void ask(struct story *story, const char *format, ...) JANGLE_PRINTF(2, 3);

static void ask(struct story *story, const char *format, ...)
{
    va_list values;

    printf("%3d. ", ++story->steps);
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    printf(".\n");
}

/* Print the answer, and count it if the story did not expect it. */
static void hear(struct story *story, enum jangle_result expected)
{
    const struct jangle_outcome *outcome = &story->outcome;
    enum jangle_result result = outcome->error.result;

    printf("     %s", jangle_result_name(result));
    if (result)
        printf(": %s", outcome->error.message);
    else if (outcome->repeated)
        printf(": done already, it is stored at position %" PRId64, outcome->position);
    else if (outcome->position == 0)
        printf(": there was nothing to do");
    else if (*outcome->reply)
        printf(": it is account %s", outcome->reply);
    else
        printf(": stored at position %" PRId64, outcome->position);
    printf("\n");
    if (result != expected) {
        printf("     (%s was expected)\n", jangle_result_name(expected));
        story->surprises++;
    }
}

static void open_accounts(struct story *story)
{
    ask(story, "Open an account for HSPBC");
    jangle_send(story->bank, &story->outcome, create_account, .name = "HSPBC");
    hear(story, JANGLE_OK);
    snprintf(story->company, sizeof story->company, "%.7s", story->outcome.reply);

    ask(story, "Open an account for Natalie, with %s", MONEY(10000));
    jangle_send(story->bank, &story->outcome, create_account, .name = "Natalie",
                .initial_deposit = {true, 10000});
    hear(story, JANGLE_OK);
    snprintf(story->natalie, sizeof story->natalie, "%.7s", story->outcome.reply);

    ask(story, "Open an account for Bob, who is too short a name");
    jangle_send(story->bank, &story->outcome, create_account, .name = "Bob");
    hear(story, JANGLE_INVALID);
}

/* A command that is given an id is done once, however often it is sent. */
static void deposit_once(struct story *story)
{
    struct jangle_envelope envelope = {0};
    char id[40];

    snprintf(id, sizeof id, "first deposit into %s", story->company);
    envelope.command_id = id;
    ask(story, "Deposit %s into %s", MONEY(5050), story->company);
    jangle_send_in(story->bank, &story->outcome, &envelope, deposit_funds,
                   .account_id = story->company, .amount = 5050);
    hear(story, JANGLE_OK);

    ask(story, "The answer got lost: send the same command again");
    jangle_send_in(story->bank, &story->outcome, &envelope, deposit_funds,
                   .account_id = story->company, .amount = 5050);
    hear(story, JANGLE_OK);
}

static void get_into_debt_and_out(struct story *story)
{
    ask(story, "Withdraw %s from %s", MONEY(25000), story->natalie);
    jangle_send(story->bank, &story->outcome, withdraw_funds,
                .account_id = story->natalie, .amount = 25000);
    hear(story, JANGLE_REJECTED);

    ask(story, "Withdraw %s from %s, up to %s below zero is allowed", MONEY(15000),
        story->natalie, MONEY(10000));
    jangle_send(story->bank, &story->outcome, withdraw_funds,
                .account_id = story->natalie, .amount = 15000);
    hear(story, JANGLE_OK);

    ask(story, "Forgive %s the debt of %s", story->natalie, MONEY(5000));
    jangle_send(story->bank, &story->outcome, forgive_debt, .account_id = story->natalie);
    hear(story, JANGLE_OK);

    ask(story, "Forgive it again, though nothing is owed now");
    jangle_send(story->bank, &story->outcome, forgive_debt, .account_id = story->natalie);
    hear(story, JANGLE_REJECTED);
}

static void delete_account_twice(struct story *story)
{
    ask(story, "Delete %s", story->company);
    jangle_send(story->bank, &story->outcome, delete_account,
                .account_id = story->company);
    hear(story, JANGLE_OK);

    ask(story, "Delete it again");
    jangle_send(story->bank, &story->outcome, delete_account,
                .account_id = story->company);
    hear(story, JANGLE_OK);

    ask(story, "Deposit %s into it", MONEY(1900));
    jangle_send(story->bank, &story->outcome, deposit_funds, .account_id = story->company,
                .amount = 1900);
    hear(story, JANGLE_REJECTED);

    ask(story, "Deposit %s into 999999, which nobody has opened", MONEY(2000));
    jangle_send(story->bank, &story->outcome, deposit_funds, .account_id = "999999",
                .amount = 2000);
    hear(story, JANGLE_REJECTED);
}

/* What the views make of it. They follow the events, so wait for them first. */
static int show_all(struct story *story)
{
    int status;

    if (!bank_catch_up(story->bank))
        return 1;
    printf("\n");
    status = show_accounts(story->bank);
    status |= show_account(story->bank, story->natalie);
    status |= show_ledger(story->bank, story->natalie);
    status |= show_ledger(story->bank, story->company);
    status |= show_stats(story->bank);
    return status;
}

int verb_demo(const struct options *options)
{
    struct story story = {.bank = bank_open(options->db, 0)};
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
    open_accounts(&story);
    deposit_once(&story);
    get_into_debt_and_out(&story);
    delete_account_twice(&story);
    status = show_all(&story);
    bank_close(story.bank);
    if (story.surprises)
        return bank_complain("%d answers were not as expected", story.surprises);
    return status;
}
