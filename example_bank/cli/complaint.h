/* complaint.h - how the program says that something is wrong. */
#ifndef BANK_COMPLAINT_H
#define BANK_COMPLAINT_H

#include <jangle/jangle.h>

/* The exit status when something was typed wrongly. */
enum { WRONG_USE = 2 };

/* Print "bank: " and the sentence to stderr. Returns 1, which is an exit status. */
int bank_complain(const char *format, ...) JANGLE_PRINTF(1, 2);

#endif
