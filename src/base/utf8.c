/* utf8.c - which bytes are characters. */
#include "base/utf8.h"

#include <assert.h>
#include <string.h>

/* What may follow a first byte: the second's bounds keep out surrogates, overlong forms
 * and what is beyond the last plane; all later bytes are 80..BF. */
static const struct lead {
    unsigned char first, last;
    unsigned char low, high;
    unsigned char size;
} leads[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static const struct lead *lead_of(unsigned char byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

size_t jn_utf8_first_size(const char *text, size_t left)
{
    const unsigned char *at = (const unsigned char *)text;
    const struct lead *lead;

    if (at[0] < 0x80)
        return at[0] != 0;
    lead = lead_of(at[0]);
    if (!lead || left < lead->size || at[1] < lead->low || at[1] > lead->high)
        return 0;
    for (size_t i = 2; i < lead->size; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return lead->size;
}

/* Are the next eight bytes ASCII, and none of them zero? Most of JSON is, so it is worth
 * asking at once. A byte that is zero borrows from what is above it when one is taken
 * from each, which sets its highest bit (Mycroft's test for a zero byte in a word). */
static bool is_ascii(const char *eight)
{
    static const uint64_t ones = 0x0101010101010101, highest = 0x8080808080808080;
    uint64_t bytes;

    memcpy(&bytes, eight, sizeof bytes);
    return (((bytes - ones) | bytes) & highest) == 0;
}

/* The last bytes are less than eight. Those before them have been looked at, and are
 * looked at again, because the eight up to the end can be asked at once. */
size_t jn_utf8_valid_size(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        size_t step = 8;

        if (size - at < step && size >= step && is_ascii(text + size - step))
            return size;
        if (size - at < step || !is_ascii(text + at))
            step = jn_utf8_first_size(text + at, size - at);
        if (!step)
            break;
        at += step;
    }
    return at;
}

bool jn_utf8_is_valid(const char *text, size_t size)
{
    return jn_utf8_valid_size(text, size) == size;
}

uint32_t jn_utf8_next(const char **at)
{
    static const unsigned char bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const unsigned char *byte = (const unsigned char *)*at;
    size_t size = jn_utf8_first_size(*at, strnlen(*at, JN_UTF8_SIZE));
    uint32_t character;

    if (!size) {
        *at += *byte != 0;
        return *byte ? 0x110000u + *byte : 0;
    }
    character = byte[0] & bits[size];
    for (size_t i = 1; i < size; i++)
        character = character << 6 | (byte[i] & 0x3Fu);
    *at += size;
    return character;
}

size_t jn_utf8_write(char to[JN_UTF8_SIZE], uint32_t character)
{
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t size = character < 0x80      ? 1
                  : character < 0x800   ? 2
                  : character < 0x10000 ? 3
                                        : 4;

    assert(character < 0x110000 && character >> 11 != 0x1B);
    for (size_t i = size - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    to[0] = (char)(marks[size] | character);
    return size;
}
