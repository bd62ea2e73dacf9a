/* utf8.h - UTF-8 as in RFC 3629 (no surrogates, nothing overlong), but without NUL. */
#ifndef JN_UTF8_H
#define JN_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JN_UTF8_SIZE = 4 }; /* the longest character */

bool jn_utf8_is_valid(const char *text, size_t size);

/* The number of bytes before the first one that is not UTF-8; `size` if all are. */
size_t jn_utf8_valid_size(const char *text, size_t size);

/* The character at `*at`, which moves past it. At the end it is 0, and `*at` stays. A
 * byte that belongs to no character counts as one of its own, above 0x110000. */
uint32_t jn_utf8_next(const char **at);

/* Returns the number of bytes. The character is no surrogate, and below 0x110000. */
size_t jn_utf8_write(char to[JN_UTF8_SIZE], uint32_t character);

#endif
