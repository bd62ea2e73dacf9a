/* text.h - texts that people typed: is one safe to print, and how wide is it? */
#ifndef BANK_TEXT_H
#define BANK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Is the text UTF-8, without characters that steer a terminal? */
bool text_is_printable(const char *text, size_t length);

/* Count the characters of a UTF-8 text; each takes one column of the screen. */
int text_count_characters(const char *text);

/* Print the text, with '?' for each byte that would steer the terminal. */
void text_print_safely(FILE *out, const char *text);

#endif
