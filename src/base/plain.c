/* plain.c - how much of a text JSON writes as it is. Every text that is read or written
 * passes through here, so eight bytes are looked at together. */
#include "base/plain.h"

#include "base/word.h"

#include <string.h>

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
    uint64_t marks = jn_word_escaped(jn_word_at(text + *plain));

    if (marks)
        *plain += jn_word_before(marks);
    return !marks;
}

/* The last word overlaps the one before it, whose bytes are plain. */
size_t jn_plain_size(const char *text, size_t size)
{
    size_t plain = 0;

    if (size < JN_WORD_SIZE)
        return plain_of_few(text, size);
    for (; plain <= size - JN_WORD_SIZE; plain += JN_WORD_SIZE)
        if (!is_plain_word(text, &plain))
            return plain;
    if (plain == size)
        return size;
    plain = size - JN_WORD_SIZE;
    return is_plain_word(text, &plain) ? size : plain;
}

/* The word of a text that is shorter than one is filled up with what is plain. */
static uint64_t word_of_few(const char *text, size_t size)
{
    char word[JN_WORD_SIZE] = "aaaaaaa";

    memcpy(word, text, size);
    word[JN_WORD_SIZE - 1] = 'a';
    return jn_word_at(word);
}

bool jn_is_plain_ascii(const char *text, size_t size)
{
    uint64_t marks;

    if (size < JN_WORD_SIZE)
        return !jn_word_not_plain_ascii(word_of_few(text, size));
    marks = jn_word_not_plain_ascii(jn_word_at(text + size - JN_WORD_SIZE));
    for (size_t at = 0; at < size - JN_WORD_SIZE; at += JN_WORD_SIZE)
        marks |= jn_word_not_plain_ascii(jn_word_at(text + at));
    return !marks;
}
