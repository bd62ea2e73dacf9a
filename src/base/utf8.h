/* utf8.h - UTF-8 as in RFC 3629 (no surrogates, nothing overlong), but without NUL. */
#ifndef JN_UTF8_H
#define JN_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JN_UTF8_SIZE = 4 }; /* bytes of the longest character */

/* Are all these bytes UTF-8? True if there are none. False if a character is cut off at
 * the end, or a byte is zero. */
bool jn_utf8_is_valid(const char *text, size_t size);

/* The number of bytes before the first one that is not UTF-8; `size` if all are. */
size_t jn_utf8_valid_size(const char *text, size_t size);

/* How many of the `left` bytes are the first character; 0 if they begin with none. The
 * first byte is read in any case. */
size_t jn_utf8_first_size(const char *text, size_t left);

/* Read the next character of a text that ends with a zero byte, and move `*at` behind it.
 * At the end of the text 0 is returned, and `*at` stays. For a byte that is part of no
 * character, a number above 0x110000 is returned, and `*at` moves by that byte. */
uint32_t jn_utf8_next(const char **at);

/* Write one character, which must be below 0x110000 and no surrogate. Returns the number
 * of bytes written; there is no zero behind them. */
size_t jn_utf8_write(char to[JN_UTF8_SIZE], uint32_t character);

#endif
