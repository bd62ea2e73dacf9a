/* wellformed.c - is a text one JSON value? A machine of three states and a stack of
 * brackets, because what is stored may be nested as deep as somebody liked. */
#include "admin/wellformed.h"
#include "admin/safe.h"

#include <string.h>

enum { DEPTH_MAX = 1024 };

struct reader {
    const char *at;
    const char *end;
    size_t depth;
    char open[DEPTH_MAX]; /* the brackets around `at` */
};

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && memchr(" \t\n\r", *reader->at, 4))
        reader->at++;
}

static bool take(struct reader *reader, char what)
{
    if (reader->at == reader->end || *reader->at != what)
        return false;
    reader->at++;
    return true;
}

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool take_digits(struct reader *reader)
{
    if (!is_digit(reader))
        return false;
    while (is_digit(reader))
        reader->at++;
    return true;
}

static bool take_number(struct reader *reader)
{
    take(reader, '-');
    if (!take(reader, '0') && !take_digits(reader))
        return false;
    if (take(reader, '.') && !take_digits(reader))
        return false;
    if (!take(reader, 'e') && !take(reader, 'E'))
        return true;
    if (!take(reader, '+'))
        take(reader, '-');
    return take_digits(reader);
}

static bool take_word(struct reader *reader, const char *word)
{
    size_t size = strlen(word);

    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0)
        return false;
    reader->at += size;
    return true;
}

static bool take_escape(struct reader *reader)
{
    if (reader->at == reader->end)
        return false;
    if (*reader->at != 'u')
        return memchr("\"\\/bfnrt", *reader->at++, 8) != NULL;
    if (reader->end - reader->at < 5)
        return false;
    reader->at++;
    for (int i = 0; i < 4; i++, reader->at++)
        if (!memchr("0123456789abcdefABCDEF", *reader->at, 22))
            return false;
    return true;
}

static bool take_string(struct reader *reader)
{
    if (!take(reader, '"'))
        return false;
    while (reader->at < reader->end && *reader->at != '"') {
        if ((unsigned char)*reader->at < 0x20)
            return false;
        if (take(reader, '\\')) {
            if (!take_escape(reader))
                return false;
        } else {
            reader->at++;
        }
    }
    return take(reader, '"');
}

static bool take_scalar(struct reader *reader)
{
    if (reader->at == reader->end)
        return false;
    switch (*reader->at) {
    case '"':
        return take_string(reader);
    case 't':
        return take_word(reader, "true");
    case 'f':
        return take_word(reader, "false");
    case 'n':
        return take_word(reader, "null");
    default:
        return take_number(reader);
    }
}

static bool take_name(struct reader *reader)
{
    skip_space(reader);
    if (!take_string(reader))
        return false;
    skip_space(reader);
    return take(reader, ':');
}

/* Go to where the next value begins; or past the end of what holds it: false, and `sound`
 * says if that was allowed. */
static bool go_on(struct reader *reader, bool first, bool *sound)
{
    char bracket = reader->open[reader->depth - 1];

    skip_space(reader);
    if (take(reader, bracket == '{' ? '}' : ']')) {
        reader->depth--;
        *sound = true;
        return false;
    }
    *sound = first || take(reader, ',');
    if (*sound && bracket == '{')
        *sound = take_name(reader);
    return *sound;
}

/* A value without what it holds: a scalar, or an opening bracket. */
static bool begin_value(struct reader *reader, bool *opened)
{
    skip_space(reader);
    *opened = reader->at < reader->end && (*reader->at == '{' || *reader->at == '[');
    if (!*opened)
        return take_scalar(reader);
    if (reader->depth == DEPTH_MAX)
        return false;
    reader->open[reader->depth++] = *reader->at++;
    return true;
}

static bool take_value(struct reader *reader)
{
    bool opened = true;

    if (!begin_value(reader, &opened))
        return false;
    while (reader->depth) {
        bool sound;

        if (go_on(reader, opened, &sound)) {
            if (!begin_value(reader, &opened))
                return false;
        } else {
            if (!sound)
                return false;
            opened = false;
        }
    }
    return true;
}

bool jn_is_wellformed(const char *text, size_t size)
{
    struct reader reader = {.at = text, .end = text + size};

    if (!jn_safe_is_utf8(text, size) || !take_value(&reader))
        return false;
    skip_space(&reader);
    return reader.at == reader.end;
}
