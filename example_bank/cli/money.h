/* money.h - cents for programs, 12.34 for people. */
#ifndef BANK_MONEY_H
#define BANK_MONEY_H

#include <stdbool.h>
#include <stdint.h>

enum { MONEY_SIZE = 24 };

/* An amount as a text of its own, for as long as the block it stands in:
 *     printf("%s\n", MONEY(1234)); */
#define MONEY(cents) money_format((char[MONEY_SIZE]){0}, cents)

/* "12.34", "-0.05". Returns `text`, which has room for MONEY_SIZE bytes. */
const char *money_format(char *text, int64_t cents);

/* "12", "12.34", "-12.34"; false if it is anything else. What is too large for a number
 * is INT64_MAX, so that its reader says which amounts may be. */
bool money_parse(const char *text, int64_t *cents);

#endif
