/* long_text.h - texts of long characters that are too long, and whether a cut
 * is clean. */
#ifndef TEST_LONG_TEXT_H
#define TEST_LONG_TEXT_H

#include <stddef.h>

/* Fills it with characters of three and four bytes behind `lead` letters, so that a cut
 * at any fixed number of bytes meets the middle of one for some lead. */
void long_text_fill(char *text, size_t size, size_t lead);

/* `shown` is how `text` begins, whole characters of it, and then "...". */
void assert_cut_between_characters(const char *shown, const char *text);

#endif
