/* text.h - what people type, and what is shown to them. */
#ifndef BANK_TEXT_H
#define BANK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Is it UTF-8, and nothing in it would steer a terminal? */
bool text_is_printable(const char *text, size_t length);

/* Of UTF-8: each takes one place on the screen. */
int text_count_characters(const char *text);

/* What would steer the terminal is shown as a question checkpoint. */
void text_print_safely(FILE *out, const char *text);

#endif
