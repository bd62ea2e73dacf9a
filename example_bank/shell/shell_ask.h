/* shell_ask.h - each question that the shell asks. Each asks until the answer makes
 * sense; false: there is none, go back. */
#ifndef BANK_SHELL_ASK_H
#define BANK_SHELL_ASK_H

#include "shell/shell.h"

bool shell_ask_choice(struct shell *shell, const struct choice **choice);
bool shell_ask_name(struct shell *shell, char name[NAME_SIZE]);
bool shell_ask_amount(struct shell *shell, int64_t *amount);
bool shell_ask_balance(struct shell *shell, jangle_optional_int *amount);
bool shell_ask_account(struct shell *shell,
                       const char *text,
                       char account_id[ACCOUNT_ID_SIZE]);
bool shell_ask_other(struct shell *shell,
                     const char *text,
                     char account_id[ACCOUNT_ID_SIZE]);
bool shell_ask_existing(struct shell *shell, char account_id[ACCOUNT_ID_SIZE]);
bool shell_ask_number(struct shell *shell, int64_t highest, int64_t *number);
bool shell_ask_word(struct shell *shell, const char *text, const char *word);

#endif
