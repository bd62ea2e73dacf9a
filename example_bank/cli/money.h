/* money.h - amounts as text: 1234 cents are "12.34". */
#ifndef BANK_MONEY_H
#define BANK_MONEY_H

#include <stdbool.h>
#include <stdint.h>

enum { MONEY_SIZE = 24 };

/* An amount as text, which lives as long as the block in which it is written:
 *     printf("%s\n", MONEY(1234)); */
#define MONEY(cents) money_format((char[MONEY_SIZE]){0}, cents)

/* Write "12.34" or "-0.05" into `text`, which has MONEY_SIZE bytes. Returns `text`. */
const char *money_format(char *text, int64_t cents);

/* Read "12", "12.34" or "-12.34". False: the text is no amount. An amount that is too
 * large becomes INT64_MAX, so that the caller's check of the range refuses it. */
bool money_parse(const char *text, int64_t *cents);

#endif
