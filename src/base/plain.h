/* plain.h - how much of a text JSON writes as it is. */
#ifndef JN_PLAIN_H
#define JN_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes at the beginning are neither a quote, nor a backslash, nor a control
 * character. */
size_t jn_plain_size(const char *text, size_t size);

/* Is all of it plain, and ASCII? Then it is UTF-8, too. */
bool jn_is_plain_ascii(const char *text, size_t size);

#endif
