/* audit.h - the audit: is every cent where the events say?
 *
 * The audit is the oracle of the bank's tests. It reads the files with SQL of its own and
 * uses no code of the aggregates and views, so that a mistake there is not made here,
 * too. */
#ifndef BANK_AUDIT_H
#define BANK_AUDIT_H

#include <stdint.h>

enum { AUDIT_NOT_QUIET = 3 }; /* an exit status of its own */

/* Audit the bank that is kept in `path`, which must be open and at rest (rest.h). `acks`
 * is a file of answers that were noted (acks.h), which must agree with what is stored;
 * NULL: there is none. `rest` is the position of the last event at which the bank came to
 * rest, or BANK_NO_REST. Prints one line for each check, and what is wrong. Returns the
 * exit status: 0 if all is right, 1 if something is wrong, and AUDIT_NOT_QUIET if others
 * use the bank. Then work that is under way looks like a mistake, and so only those
 * checks were made that hold at every moment. */
int audit_bank(const char *path, const char *acks, int64_t rest);

/* The same, after jangle has checked the files (audit_files.h): 1, too, if they are not
 * what was stored. */
int audit_all(const char *path, const char *acks, int64_t rest);

#endif
