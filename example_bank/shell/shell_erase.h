/* shell_erase.h - begins an empty bank, in a file beside the old one. */
#ifndef BANK_SHELL_ERASE_H
#define BANK_SHELL_ERASE_H

#include "shell/shell.h"

/* Close the bank, and go on with an empty one in a file beside it. */
void shell_begin_empty(struct shell *shell);

#endif
