/* verb_backup.h - the verb of verb_backup.c: a copy of the bank in use. Returns the exit
 * status. */
#ifndef BANK_VERB_BACKUP_H
#define BANK_VERB_BACKUP_H

#include "cli/options.h"

int verb_backup(const struct options *options);

#endif
