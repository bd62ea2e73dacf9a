/* glob.c - patterns of names, compared with a matcher that is plain and slow. */
#include "look/glob.h"

#include "base/utf8.h"
#include "support/test.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- the plain one ------------------------------------------------------------ */

static uint32_t next(const char **at)
{
    if (**at == '\\')
        ++*at;
    return jn_utf8_next(at);
}

/* The end of the set behind its [, and whether the character is in it. */
static const char *in_set(const char *at, uint32_t character, bool *in)
{
    bool negated = *at == '!' || *at == '^', first = true, found = false;

    for (at += negated; *at != ']' || first; first = false) {
        uint32_t low = next(&at), high = low;

        if (at[0] == '-' && at[1] != ']') {
            at++;
            high = next(&at);
        }
        found = found || (low <= character && character <= high);
    }
    *in = found != negated;
    return at + 1;
}

static bool plainly(const char *glob, const char *text)
{
    const char *behind = text, *rest = glob;
    uint32_t character = *text ? jn_utf8_next(&behind) : 0;
    bool in = true;

    if (!*glob)
        return !*text;
    if (*glob == '*')
        return plainly(glob + 1, text) || (*text && plainly(glob, behind));
    if (!*text)
        return false;
    if (*glob == '?')
        return plainly(glob + 1, behind);
    if (*glob == '[')
        rest = in_set(glob + 1, character, &in);
    else
        in = next(&rest) == character;
    return in && plainly(rest, behind);
}

/* ---- drawn patterns ------------------------------------------------------------ */

static uint32_t seed = 12345;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void draw_text(char *text, const char *const *parts, uint32_t count, uint32_t most)
{
    text[0] = '\0';
    for (uint32_t left = draw(most + 1); left; left--)
        strncat(text, parts[draw(count)], 8);
}

static void drawn_patterns_match_what_they_plainly_match(void **state)
{
    static const char *const parts[] = {"a",    "b",    "\xc3\xa9", "*", "?",
                                        "[ab]", "[!a]", "-",        "]", "[a-c]",
                                        "\\*",  "[]a]", "[^b-]",    "!"};
    static const char *const letters[] = {"a", "b", "\xc3\xa9", "c", "*", "-", "]", "!"};
    int matches = 0;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        char glob[80], text[80];
        bool plain;

        draw_text(glob, parts, sizeof parts / sizeof *parts, 6);
        draw_text(text, letters, sizeof letters / sizeof *letters, 6);
        assert_true(jn_glob_is_well_formed(glob));
        plain = plainly(glob, text);
        matches += plain;
        if (jn_glob_matches(glob, text) != plain)
            fail_msg("\"%s\" and \"%s\"", glob, text);
    }
    assert_true(matches > 1000);
}

/* Any bytes: it ends, and reads nothing beyond them (a sanitizer sees that). */
static void any_bytes_are_a_pattern_or_none(void **state)
{
    (void)state;
    for (int round = 0; round < 200000; round++) {
        char glob[12] = "", text[12] = "";
        size_t size = draw(sizeof glob - 1);

        for (size_t at = 0; at < size; at++) {
            glob[at] = "*?[]!^-\\ab\xc3\xa9\xff"[draw(13)];
            text[at] = "*?[]!^-\\ab\xc3\xa9\xff"[draw(13)];
        }
        if (jn_glob_is_well_formed(glob))
            (void)jn_glob_matches(glob, text);
    }
}

static void stars_do_not_make_it_slow(void **state)
{
    char text[20001], glob[200] = "";

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int star = 0; star < 60; star++)
        strncat(glob, "*a", 3);
    strncat(glob, "*b", 3);
    assert_false(jn_glob_matches(glob, text));
    assert_true(jn_glob_matches("*a*a*", text));
}

static void what_is_no_pattern_is_known(void **state)
{
    (void)state;
    assert_false(jn_glob_is_well_formed("["));
    assert_false(jn_glob_is_well_formed("[]"));
    assert_false(jn_glob_is_well_formed("[!]"));
    assert_false(jn_glob_is_well_formed("a[b-"));
    assert_false(jn_glob_is_well_formed("a\\"));
    assert_false(jn_glob_is_well_formed("[a\\"));
    assert_true(jn_glob_is_well_formed("[]]"));
    assert_true(jn_glob_is_well_formed(""));
    assert_true(jn_glob_is_well_formed("]"));
    assert_true(jn_glob_is_plain("a]-!"));
    assert_false(jn_glob_is_plain("a\\b"));
    assert_false(jn_glob_is_plain("a?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawn_patterns_match_what_they_plainly_match),
        cmocka_unit_test(any_bytes_are_a_pattern_or_none),
        cmocka_unit_test(stars_do_not_make_it_slow),
        cmocka_unit_test(what_is_no_pattern_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
