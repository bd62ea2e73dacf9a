/* letters.h - letters in any case, the same in every locale. */
#ifndef JN_LETTERS_H
#define JN_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

static inline char jn_letter_lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* Does `text` begin with `start`, which is in lower case? */
static inline bool jn_letters_start(const char *text, const char *start)
{
    while (*start && jn_letter_lower(*text) == *start) {
        text++;
        start++;
    }
    return !*start;
}

/* Is `text` the word, which is in lower case? */
static inline bool jn_letters_are(const char *text, const char *word)
{
    size_t size = 0;

    while (word[size])
        size++;
    return jn_letters_start(text, word) && !text[size];
}

#endif
