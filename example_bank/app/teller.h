/* teller.h - the first verbs of a customer: open, deposit, withdraw, transfer, ledger. */
#ifndef BANK_TELLER_H
#define BANK_TELLER_H

#include "cli/options.h"

extern const struct verb_table teller_verbs;

#endif
