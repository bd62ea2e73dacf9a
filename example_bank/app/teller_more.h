/* teller_more.h - the other verbs of a customer: about debts, deletion, and requests. */
#ifndef BANK_TELLER_MORE_H
#define BANK_TELLER_MORE_H

#include "cli/options.h"

extern const struct verb_table teller_more_verbs;

#endif
