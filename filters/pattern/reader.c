/* reader.c - the ends of texts, numbers, lists and objects are found by their quotes,
 * commas and brackets. */
#include "pattern/reader.h"

#include <string.h>

/* Most bytes are none, and are seen to be none by the first look. */
static bool is_space(char byte)
{
    return byte <= ' ' && (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t');
}

static enum jn_json_kind kind_of(char byte)
{
    switch (byte) {
    case '"':
        return JN_JSON_TEXT;
    case '{':
        return JN_JSON_OBJECT;
    case '[':
        return JN_JSON_LIST;
    case 'n':
        return JN_JSON_NULL;
    case 't':
    case 'f':
        return JN_JSON_BOOL;
    default:
        return byte == '-' || (byte >= '0' && byte <= '9') ? JN_JSON_NUMBER
                                                           : JN_JSON_NONE;
    }
}

/* ---- the end of a value -------------------------------------------------------------
 * Each function returns what is behind the value, or NULL if it does not end. */

/* A quote behind an odd number of backslashes is part of the text. */
static const char *skip_text(const char *at, const char *end)
{
    const char *start = ++at, *before;

    for (;; at++) {
        at = memchr(at, '"', (size_t)(end - at));
        if (!at)
            return NULL;
        for (before = at; before > start && before[-1] == '\\'; before--)
            continue;
        if ((at - before) % 2 == 0)
            return at + 1;
    }
}

static const char *skip_nested(const char *at, const char *end)
{
    size_t depth = 0;

    while (at < end) {
        if (*at == '"') {
            at = skip_text(at, end);
            if (!at)
                return NULL;
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
        if (!depth)
            return at;
    }
    return NULL;
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && *at != ',' && *at != '}' && *at != ']' && !is_space(*at))
        at++;
    return at;
}

static bool take_value(struct jn_pattern_reader *reader, struct jn_pattern_value *value)
{
    const char *start = reader->at, *behind;

    if (start == reader->end)
        return false;
    value->kind = kind_of(*start);
    if (value->kind == JN_JSON_NONE)
        return false;
    if (value->kind == JN_JSON_TEXT)
        behind = skip_text(start, reader->end);
    else if (value->kind == JN_JSON_LIST || value->kind == JN_JSON_OBJECT)
        behind = skip_nested(start, reader->end);
    else
        behind = skip_word(start, reader->end);
    if (!behind)
        return false;
    value->span = (struct jn_json_span){start, (size_t)(behind - start)};
    reader->at = behind;
    return true;
}

/* ---- lists and objects --------------------------------------------------------- */

static void skip_space(struct jn_pattern_reader *reader)
{
    while (reader->at < reader->end && is_space(*reader->at))
        reader->at++;
}

static bool take_sign(struct jn_pattern_reader *reader, char sign)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != sign)
        return false;
    reader->at++;
    skip_space(reader);
    return true;
}

struct jn_pattern_value jn_pattern_value_of(const char *text, size_t size)
{
    struct jn_pattern_reader reader = {text, text + size};

    skip_space(&reader);
    return (struct jn_pattern_value){reader.at < reader.end ? kind_of(*reader.at)
                                                            : JN_JSON_NONE,
                                     {reader.at, (size_t)(reader.end - reader.at)}};
}

struct jn_pattern_reader jn_pattern_enter(const struct jn_pattern_value *value)
{
    return (struct jn_pattern_reader){value->span.text + 1,
                                      value->span.text + value->span.size};
}

bool jn_pattern_next_item(struct jn_pattern_reader *reader,
                          struct jn_pattern_value *value)
{
    take_sign(reader, ','); /* there is none before the first one, and at the end */
    return take_value(reader, value);
}

bool jn_pattern_next_member(struct jn_pattern_reader *reader,
                            struct jn_json_span *name,
                            struct jn_pattern_value *value)
{
    const char *start, *behind;

    take_sign(reader, ',');
    start = reader->at;
    behind = start < reader->end && *start == '"' ? skip_text(start, reader->end) : NULL;
    if (!behind)
        return false;
    *name = (struct jn_json_span){start + 1, (size_t)(behind - start) - 2};
    reader->at = behind;
    return take_sign(reader, ':') && take_value(reader, value);
}

/* ---- texts --------------------------------------------------------------------- */

bool jn_pattern_has_escapes(const struct jn_json_span *inside)
{
    return memchr(inside->text, '\\', inside->size);
}

bool jn_pattern_is_sound(const struct jn_json_span *inside)
{
    struct jn_json json;
    struct jn_json_span text;

    jn_json_init(&json, inside->text - 1, inside->size + 2, 0);
    return jn_json_whole(&json, &text);
}
