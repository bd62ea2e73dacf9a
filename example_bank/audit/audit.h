/* audit.h - is every cent where the events say?
 *
 * An auditor reads the files with SQL of its own and shares nothing with those that
 * wrote them, neither aggregates nor views: what is wrong there is not wrong here too. */
#ifndef BANK_AUDIT_H
#define BANK_AUDIT_H

/* Audit the bank that is kept in `path`, which must be open and caught up, and what it
 * has promised (acks.h; NULL: nobody took notes). Prints a line a check, and what is
 * wrong. Returns the exit status: 0 if all is right. */
int audit_bank(const char *path, const char *acks);

#endif
