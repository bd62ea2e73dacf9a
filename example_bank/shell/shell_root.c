/* shell_root.c - the first screen: all accounts, and what concerns the whole bank. */
#include "cli/show.h"
#include "domain/messages.h"
#include "operate/rehearsal.h"
#include "shell/shell.h"

#include <string.h>

static void show(struct shell *shell)
{
    show_accounts(shell->bank);
}

static void create(struct shell *shell)
{
    struct jangle_outcome outcome = {0};
    jangle_optional_int balance;
    char name[NAME_SIZE];

    if (!shell_ask_name(shell, name) || !shell_ask_balance(shell, &balance))
        return;
    jangle_send(shell->bank, &outcome, create_account, .name = name,
                .initial_deposit = balance);
    shell_tell(&outcome);
    if (!outcome.error.result)
        printf("  It is account %s.\n", outcome.reply);
}

static void delete_one(struct shell *shell)
{
    struct jangle_outcome outcome = {0};
    char account_id[ACCOUNT_ID_SIZE];

    if (!shell_ask_account(shell, "Account", account_id))
        return;
    jangle_send(shell->bank, &outcome, delete_account, .account_id = account_id);
    shell_tell(&outcome);
}

static void select_one(struct shell *shell)
{
    if (shell_ask_existing(shell, shell->account))
        shell->screen = &account_screen;
}

static void statistics(struct shell *shell)
{
    printf("\n");
    show_stats(shell->bank);
}

static void replay(struct shell *shell)
{
    printf("\n");
    rehearse_all(shell->bank, shell->path, &(struct jangle_replay_options){.rounds = 1});
}

static void erase(struct shell *shell)
{
    if (shell_ask_word(shell, "Type erase to begin an empty bank", "erase"))
        shell_begin_anew(shell);
}

static void quit(struct shell *shell)
{
    shell->screen = NULL;
}

static const struct choice choices[] = {
    {"create", "open an account", create},
    {"delete", "delete an account; what happened to it stays", delete_one},
    {"select", "look at one account", select_one},
    {"statistics", "the bank's figures", statistics},
    {"replay", "build all that is shown anew, from the events", replay},
    {"erase", "begin an empty bank; this one stays in its file", erase},
    {"quit", "leave", quit},
    {0},
};

const struct screen root_screen = {show, choices};
