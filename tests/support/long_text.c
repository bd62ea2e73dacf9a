/* long_text.c - texts of long characters that are too long, and whether a cut
 * is clean. */
#include "support/long_text.h"

#include "support/test.h"

#include <string.h>

void long_text_fill(char *text, size_t size, size_t lead)
{
    static const char *const characters[] = {"\xf0\x9f\x98\x80", "\xe2\x82\xac"};
    size_t used = lead;

    memset(text, 0, size);
    memset(text, 'a', lead);
    for (int i = 0; used + strlen(characters[i % 2]) < size; i++) {
        memcpy(text + used, characters[i % 2], strlen(characters[i % 2]));
        used += strlen(characters[i % 2]);
    }
}

void assert_cut_between_characters(const char *shown, const char *text)
{
    size_t kept = strlen(shown);

    assert_true(kept > strlen("..."));
    kept -= strlen("...");
    assert_true(kept < strlen(text));
    assert_string_equal(shown + kept, "...");
    assert_memory_equal(shown, text, kept);
    /* what follows the cut in the text begins a character */
    assert_int_not_equal((unsigned char)text[kept] & 0xc0, 0x80);
}
