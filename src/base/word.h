/* word.h - eight bytes of a text, looked at together. */
#ifndef JN_WORD_H
#define JN_WORD_H

#include <stddef.h>
#include <stdint.h>

enum { JN_WORD_SIZE = 8 };

/* That byte eight times. */
#define JN_WORD_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes, the first one lowest, whatever the machine's order is. Compilers make one
 * load of this. */
static inline uint64_t jn_word_at(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;

    return (uint64_t)byte[0] | (uint64_t)byte[1] << 8 | (uint64_t)byte[2] << 16 |
           (uint64_t)byte[3] << 24 | (uint64_t)byte[4] << 32 | (uint64_t)byte[5] << 40 |
           (uint64_t)byte[6] << 48 | (uint64_t)byte[7] << 56;
}

/* The highest bit of a byte is set if it was below `byte`, which is 128 at most. A byte
 * above such a one may be marked for nothing; the lowest mark is right, because only a
 * byte that is marked borrows from the next. */
static inline uint64_t jn_word_below(uint64_t word, uint64_t byte)
{
    return (word - JN_WORD_OF(byte)) & ~word & JN_WORD_OF(0x80);
}

/* Which bytes JSON does not write as they are: a quote, a backslash, a control character.
 * The lowest mark is right. */
static inline uint64_t jn_word_escaped(uint64_t word)
{
    return jn_word_below(word, 0x20) | jn_word_below(word ^ JN_WORD_OF('"'), 1) |
           jn_word_below(word ^ JN_WORD_OF('\\'), 1);
}

/* The same, and all that is not ASCII. These have their highest bit anyway, so that no
 * subtraction has to leave them out. */
static inline uint64_t jn_word_not_plain_ascii(uint64_t word)
{
    uint64_t control = word - JN_WORD_OF(0x20);
    uint64_t quote = (word ^ JN_WORD_OF('"')) - JN_WORD_OF(1);
    uint64_t backslash = (word ^ JN_WORD_OF('\\')) - JN_WORD_OF(1);

    return (word | control | quote | backslash) & JN_WORD_OF(0x80);
}

/* How many bytes are lower than the lowest mark: each of them has a 1 in the mark minus
 * one, and the product adds these up in its highest byte. */
static inline size_t jn_word_before(uint64_t marks)
{
    uint64_t lower = (marks & (0 - marks)) - 1;

    return (size_t)((((lower >> 7) & JN_WORD_OF(1)) * JN_WORD_OF(1)) >> 56);
}

#endif
