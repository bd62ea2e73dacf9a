/* shell.h - the verb shell: screens that show something and offer choices. */
#ifndef BANK_SHELL_H
#define BANK_SHELL_H

#include "shell/prompt.h"

#include <jangle/jangle.h>

enum { ACCOUNT_ID_SIZE = 7, NAME_SIZE = 64 };

struct screen;

struct shell {
    struct jangle *bank;
    char *path; /* the file in which the bank is kept now */
    const struct options *options;
    struct prompt prompt;
    const struct screen *screen;   /* NULL: the shell ends */
    char account[ACCOUNT_ID_SIZE]; /* the account that was selected */
    struct jangle_answer summary;  /* of that account, as the screen shows it */
    int status;                    /* the exit status */
};

struct choice {
    const char *word;
    const char *help;
    void (*run)(struct shell *shell);
};

struct screen {
    void (*show)(struct shell *shell);
    const struct choice *choices; /* ends with {0} */
};

extern const struct screen root_screen, account_screen;

/* Print the outcome of a command. */
void shell_tell(const struct jangle_outcome *outcome);

/* The same for a command about a transfer or a request of that account. Also waits for
 * its saga, and prints how far the payment has come. */
void shell_tell_payment(struct shell *shell,
                        const struct jangle_outcome *outcome,
                        const char *account_id,
                        const char *transaction_id);

extern const struct verb_table shell_verbs;

#endif
