/* base64.c - base64 of RFC 4648, as Amazon writes it: padded, and without line ends. */
#include "aws/wire/base64.h"

#include <stdint.h>
#include <string.h>

/* The six bits of a character; -1 if it is none of the alphabet. */
static int bits_of(char character)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = character ? strchr(alphabet, character) : NULL;

    return found ? (int)(found - alphabet) : -1;
}

/* Four characters, of which the last `padding` are '='. The bits that do not fill a byte
 * must be zero, so that there is one way to write the same bytes. */
static bool read_group(const char *text, size_t padding, char *bytes)
{
    uint32_t group = 0;

    for (size_t i = 0; i < 4; i++) {
        int bits = i + padding < 4 ? bits_of(text[i]) : 0;

        if (bits < 0)
            return false;
        group = group << 6 | (uint32_t)bits;
    }
    for (size_t i = 0; i < 3 - padding; i++)
        bytes[i] = (char)(group >> (16 - 8 * i));
    return !padding || !(group & (padding == 1 ? 0xFFu : 0xFFFFu));
}

bool jn_aws_base64_read(const char *text, size_t size, char *bytes, size_t *written)
{
    size_t padding = 0;

    *written = 0;
    if (size % 4)
        return false;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
        padding++;
    for (size_t at = 0; at < size; at += 4) {
        size_t of_group = at + 4 == size ? padding : 0;

        if (!read_group(text + at, of_group, bytes + *written))
            return false;
        *written += 3 - of_group;
    }
    return true;
}
