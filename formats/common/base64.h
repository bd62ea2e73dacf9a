/* base64.h - bytes as text: the standard alphabet of RFC 4648, with padding. */
#ifndef JN_BASE64_H
#define JN_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the text for so many bytes, without a zero at its end. */
static inline size_t jn_base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

/* Write the text, which gets no zero at its end. */
void jn_base64_write(char *to, const void *bytes, size_t size);

/* Read a text. `to` has room for size / 4 * 3 bytes. False: it is no base64. */
bool jn_base64_read(const char *text, size_t size, void *to, size_t *count);

#endif
