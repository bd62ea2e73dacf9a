/* shell_root.c - the first screen: all accounts, and what concerns the whole bank. */
#include "cli/show.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "operate/rehearsal.h"
#include "shell/shell_ask.h"
#include "shell/shell_erase.h"

#include <string.h>

static void show_root_screen(struct shell *shell)
{
    show_accounts(shell->bank);
}

static void choose_create(struct shell *shell)
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

static void choose_delete(struct shell *shell)
{
    struct jangle_outcome outcome = {0};
    char account_id[ACCOUNT_ID_SIZE];

    if (!shell_ask_account(shell, "Account", account_id))
        return;
    jangle_send(shell->bank, &outcome, delete_account, .account_id = account_id);
    shell_tell(&outcome);
}

static void choose_select(struct shell *shell)
{
    if (shell_ask_existing(shell, shell->account))
        shell->screen = &account_screen;
}

static void choose_statistics(struct shell *shell)
{
    printf("\n");
    show_stats(shell->bank);
}

static void choose_replay(struct shell *shell)
{
    printf("\n");
    rehearse_all(shell->bank, shell->path, &(struct jangle_replay_options){.rounds = 1});
}

static void choose_erase(struct shell *shell)
{
    if (shell_ask_word(shell, "Type erase to begin an empty bank", "erase"))
        shell_begin_empty(shell);
}

static void choose_quit(struct shell *shell)
{
    shell->screen = NULL;
}

static const struct choice choices[] = {
    {"create", "open an account", choose_create},
    {"delete", "delete an account; its ledger stays", choose_delete},
    {"select", "show one account", choose_select},
    {"statistics", "show the figures of the bank", choose_statistics},
    {"replay", "build all views again, from the events", choose_replay},
    {"erase", "begin an empty bank; this one stays in its file", choose_erase},
    {"quit", "leave", choose_quit},
    {0},
};

const struct screen root_screen = {show_root_screen, choices};
