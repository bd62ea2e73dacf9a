/* audit.h - is every cent where the events say?
 *
 * An auditor reads the files with SQL of its own and shares nothing with those that
 * wrote them, neither aggregates nor views: what is wrong there is not wrong here too. */
#ifndef BANK_AUDIT_H
#define BANK_AUDIT_H

#include <stdint.h>

enum { AUDIT_NOT_QUIET = 3 }; /* an exit status of its own */

/* Audit the bank that is kept in `path`, which must be open and caught up, and what it
 * has promised (acks.h; NULL: nobody took notes). `rest` is the last event at which it
 * came to rest, or BANK_NO_REST (bank.h). Prints a line a check, and what is wrong.
 * Returns the exit status: 0 if all is right, 1 if something is wrong, and
 * AUDIT_NOT_QUIET if others use the bank: then what is under way cannot be told from what
 * is wrong, and only what must hold at every moment was looked at. */
int audit_bank(const char *path, const char *acks, int64_t rest);

#endif
