/* base64.c - three bytes are four characters. */
#include "common/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void jn_base64_write(char *to, const void *bytes, size_t size)
{
    const unsigned char *from = bytes;

    for (; size; from += size < 3 ? size : 3, size -= size < 3 ? size : 3, to += 4) {
        uint32_t three = (uint32_t)from[0] << 16 |
                         (size > 1 ? (uint32_t)from[1] << 8 : 0) |
                         (size > 2 ? from[2] : 0);

        for (int i = 0; i < 4; i++)
            to[i] = alphabet[three >> (18 - 6 * i) & 63];
        if (size < 3)
            to[3] = '=';
        if (size < 2)
            to[2] = '=';
    }
}

bool jn_base64_read(const char *text, size_t size, void *to, size_t *count)
{
    unsigned char *out = to;
    size_t padding = 0;

    *count = 0;
    if (size % 4)
        return false;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < size; i += 4) {
        size_t bytes = i + 4 == size ? 3 - padding : 3;
        uint32_t three = 0;

        for (size_t j = 0; j < 4; j++) {
            const char *found =
                j <= bytes && text[i + j] ? strchr(alphabet, text[i + j]) : NULL;

            if (!found && j <= bytes)
                return false;
            three = three << 6 | (found ? (uint32_t)(found - alphabet) : 0);
        }
        for (size_t j = 0; j < bytes; j++)
            out[(*count)++] = (unsigned char)(three >> (16 - 8 * j));
    }
    return true;
}
