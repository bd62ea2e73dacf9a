/* complaint.h - what a program says when something is wrong. */
#ifndef BANK_COMPLAINT_H
#define BANK_COMPLAINT_H

#include <jangle/jangle.h>

/* "bank: ", and what went wrong, on stderr. Returns 1, an exit status. */
int bank_complain(const char *format, ...) JANGLE_PRINTF(1, 2);

#endif
