/* shell.c - the verb shell: shows a screen and runs what is chosen, until one leaves. */
#include "shell/shell.h"
#include "app/bank.h"
#include "app/catch_up.h"
#include "cli/complaint.h"
#include "cli/show.h"
#include "shell/shell_ask.h"

#include <stdlib.h>
#include <string.h>

enum { WORKERS = 2 };

/* ---- the outcome of a command ------------------------------------------------ */

void shell_tell(const struct jangle_outcome *outcome)
{
    if (outcome->error.result)
        printf("\n  %s: %s.\n", jangle_result_name(outcome->error.result),
               outcome->error.message);
    else if (outcome->position == 0)
        printf("\n  There was nothing to do.\n");
    else
        printf("\n  Done.\n");
}

void shell_tell_payment(struct shell *shell,
                        const struct jangle_outcome *outcome,
                        const char *account_id,
                        const char *transaction_id)
{
    shell_tell(outcome);
    if (outcome->error.result)
        return;
    bank_catch_up(shell->bank);
    show_payment(shell->bank, account_id, transaction_id);
}

/* ---- from screen to screen --------------------------------------------------- */

static void print_choices(const struct choice *choices)
{
    for (int i = 0; choices[i].word; i++)
        printf("  %2d  %-10s  %s\n", i + 1, choices[i].word, choices[i].help);
}

static void run_screens(struct shell *shell)
{
    while (shell->screen && !shell->prompt.ended) {
        const struct screen *screen = shell->screen;
        const struct choice *choice;

        bank_catch_up(shell->bank);
        printf("\n");
        screen->show(shell);
        if (shell->screen != screen) /* what was to be shown is gone */
            continue;
        print_choices(screen->choices);
        if (shell_ask_choice(shell, &choice))
            choice->run(shell);
    }
}

static int verb_shell(const struct options *options)
{
    struct shell shell = {.options = options, .screen = &root_screen};

    shell.path = strdup(options->db);
    if (!shell.path)
        return bank_complain("out of memory");
    shell.bank = bank_open(shell.path, WORKERS);
    if (shell.bank) {
        printf("The bank is kept in %s.\n", shell.path);
        run_screens(&shell);
    } else {
        shell.status = 1;
    }
    jangle_answer_free(&shell.summary);
    bank_close(shell.bank);
    free(shell.path);
    return shell.status;
}

static const struct verb verbs[] = {
    {"shell", "use the bank in screens, with choices and questions", verb_shell, 0,
     OPTION_BEGINS},
};

const struct verb_table shell_verbs = JANGLE_ARRAY(verbs);
