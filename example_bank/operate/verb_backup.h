/* verb_backup.h - the verb backup: copies the bank while it is in use. */
#ifndef BANK_VERB_BACKUP_H
#define BANK_VERB_BACKUP_H

#include "cli/options.h"

extern const struct verb_table backup_verbs;

#endif
