/* plain.c - how much of a text JSON writes as it is. Every text that is read or written
 * passes through here, so eight bytes are looked at together. */
#include "base/plain.h"

#include <stdbool.h>
#include <stdint.h>

enum { WORD = 8 };

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes, the first one lowest. Compilers make one load of this. */
static uint64_t word_at(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;

    return (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 |
           (uint64_t)byte[3] << 24 | (uint64_t)byte[4] << 32 | (uint64_t)byte[5] << 40 |
           (uint64_t)byte[6] << 48 | (uint64_t)byte[7] << 56;
}

/* The highest bit of a byte is set if it was below `byte`, which is 128 at most. A byte
 * above such a one may be marked for nothing; the lowest mark is right, because only a
 * byte that is marked borrows from the next. */
static uint64_t below(uint64_t word, uint64_t byte)
{
    return (word - EACH(byte)) & ~word & EACH(0x80);
}

/* Which bytes are not plain; the lowest mark is right. */
static uint64_t marks_of(uint64_t word)
{
    return below(word, 0x20) | below(word ^ EACH('"'), 1) | below(word ^ EACH('\\'), 1);
}

/* How many bytes are lower than the lowest mark: each of them has a 1 in the mark minus
 * one, and the product adds these up in its highest byte. */
static size_t bytes_before(uint64_t marks)
{
    uint64_t lower = (marks & (0 - marks)) - 1;

    return (size_t)((((lower >> 7) & EACH(1)) * EACH(1)) >> 56);
}

/* Of a text shorter than a word, which cannot be read as one. */
static size_t plain_of_few(const char *text, size_t size)
{
    size_t plain = 0;

    while (plain < size && (unsigned char)text[plain] >= 0x20 && text[plain] != '"' &&
           text[plain] != '\\')
        plain++;
    return plain;
}

/* Is the word plain? If not, `*plain` moves to what is not. */
static bool is_plain_word(const char *text, size_t *plain)
{
    uint64_t marks = marks_of(word_at(text + *plain));

    if (marks)
        *plain += bytes_before(marks);
    return !marks;
}

/* The last word overlaps the one before it, whose bytes are plain. */
size_t jn_plain_size(const char *text, size_t size)
{
    size_t plain = 0;

    if (size < WORD)
        return plain_of_few(text, size);
    for (; plain <= size - WORD; plain += WORD)
        if (!is_plain_word(text, &plain))
            return plain;
    if (plain == size)
        return size;
    plain = size - WORD;
    return is_plain_word(text, &plain) ? size : plain;
}
