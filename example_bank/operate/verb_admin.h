/* verb_admin.h - the verb admin: jangle's own tools, with the code of the bank. */
#ifndef BANK_VERB_ADMIN_H
#define BANK_VERB_ADMIN_H

#include "cli/options.h"

/* Lists the verb. Words that come behind it are not the bank's: bank_admin runs them. */
extern const struct verb_table admin_verbs;

/* Run `bank admin WORD...`, of which argv[0] is "admin". Returns the exit status. */
int bank_admin(int argc, char *const *argv);

#endif
