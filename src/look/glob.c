/* glob.c - patterns of names: * ? [a-z] [!a-z], and \ before what is meant as it is. */
#include "look/glob.h"

#include "base/utf8.h"

#include <stddef.h>
#include <string.h>

bool jn_glob_is_plain(const char *glob)
{
    return strpbrk(glob, "*?[\\") == NULL;
}

/* The character of a set, where \ makes any character ordinary. */
static uint32_t next_in_set(const char **at)
{
    if (**at == '\\')
        ++*at;
    return jn_utf8_next(at);
}

/* Behind the ] of the set that begins at `set`, behind its [; NULL if there is none. `in`
 * says whether the character is in the set. A ] that comes first is a member. */
static const char *read_set(const char *set, uint32_t character, bool *in)
{
    bool negated = *set == '!' || *set == '^';
    bool found = false;
    const char *first = set += negated;

    while (*set && (*set != ']' || set == first)) {
        uint32_t low = next_in_set(&set), high = low;

        if (set[0] == '-' && set[1] && set[1] != ']') {
            set++;
            high = next_in_set(&set);
        }
        found = found || (character >= low && character <= high);
    }
    *in = found != negated;
    return *set ? set + 1 : NULL;
}

bool jn_glob_is_well_formed(const char *glob)
{
    bool in;

    while (glob && *glob) {
        if (*glob == '\\' && !glob[1])
            return false;
        if (*glob == '\\')
            glob += 2;
        else
            glob = *glob == '[' ? read_set(glob + 1, 0, &in) : glob + 1;
    }
    return glob != NULL;
}

/* Match one element, which is not a *, against one character, and move behind both. */
static bool match_one(const char **glob, const char **text)
{
    const char *at = *text;
    bool in = true;

    if (!**text)
        return false;
    if (**glob == '?' || **glob == '[') {
        uint32_t character = jn_utf8_next(&at);

        *glob = **glob == '?' ? *glob + 1 : read_set(*glob + 1, character, &in);
        *text = at;
        return in && *glob;
    }
    if (**glob == '\\')
        ++*glob;
    return *(*glob)++ == *(*text)++;
}

/* Only the last * needs to be tried again: what an earlier one has matched may stay. */
bool jn_glob_matches(const char *glob, const char *text)
{
    const char *star = NULL, *tried = NULL;

    for (;;) {
        if (*glob == '*') {
            star = ++glob;
            tried = text;
            continue;
        }
        if (!*glob && !*text)
            return true;
        if (*glob && match_one(&glob, &text))
            continue;
        if (!star || !*tried)
            return false;
        glob = star;
        text = ++tried;
    }
}
