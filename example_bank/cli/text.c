/* text.c - texts that people typed: is one safe to print, and how wide is it? */
#include "cli/text.h"

#include <stdint.h>

enum { DELETE = 0x7F, LAST_CODE = 0x10FFFF };

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Read one character. Returns how many bytes it takes; 0: this is no UTF-8. */
static size_t read_character(const unsigned char *bytes, size_t length, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = bytes[0] < 0x80   ? 1
                  : bytes[0] < 0xC0 ? 0
                  : bytes[0] < 0xE0 ? 2
                  : bytes[0] < 0xF0 ? 3
                                    : 4;

    if (size == 0 || size > length)
        return 0;
    *code = size == 1 ? bytes[0] : bytes[0] & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if (!is_continuation(bytes[i]))
            return 0;
        *code = *code << 6 | (bytes[i] & 0x3Fu);
    }
    return bytes[0] < 0xF8 && *code >= least[size] && *code <= LAST_CODE ? size : 0;
}

/* Control characters (C0, DELETE, C1), and surrogates, which are halves of
 * a character. */
static bool steers_terminal(uint32_t code)
{
    return code < ' ' || (code >= DELETE && code < 0xA0) ||
           (code >= 0xD800 && code < 0xE000);
}

bool text_is_printable(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t code = 0;

    for (size_t size; length > 0; bytes += size, length -= size) {
        size = read_character(bytes, length, &code);
        if (size == 0 || steers_terminal(code))
            return false;
    }
    return true;
}

int text_count_characters(const char *text)
{
    int count = 0;

    for (; *text; text++)
        count += !is_continuation((unsigned char)*text);
    return count;
}

void text_print_safely(FILE *out, const char *text)
{
    for (; *text; text++)
        putc((unsigned char)*text < ' ' || *text == DELETE ? '?' : *text, out);
}
