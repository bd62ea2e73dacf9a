/* canonical.c - the fast way from JSON to a struct: for the form that encode.c writes.
 *
 * Each function either goes past what it is called for, or returns false, which
 * declines the whole text: then decode.c reads it from the start, and finds the words for
 * what is wrong, if anything is. No function reads a byte at `end` or behind it. */
#include "message/canonical.h"

#include "base/plain.h"
#include "base/word.h"
#include "message/describe.h"
#include "message/member.h"

#include <jangle/plugin/json.h>

#include <assert.h>
#include <string.h>

enum { WHOLE_DIGITS = 19 }; /* that a 64-bit number has at most; 64 bits hold any 19 */

struct reader {
    const char *at;
    const char *end;
    struct jangle_arena *arena;
    int64_t depth_left;
};

static bool take_byte(struct reader *reader, char byte)
{
    bool is_here = reader->at < reader->end && *reader->at == byte;

    reader->at += is_here;
    return is_here;
}

static bool take_word(struct reader *reader, const char *word, size_t size)
{
    bool is_here =
        (size_t)(reader->end - reader->at) >= size && memcmp(reader->at, word, size) == 0;

    reader->at += is_here ? size : 0;
    return is_here;
}

/* ---- texts -------------------------------------------------------------------- */

static bool is_plain_ascii(char byte)
{
    return (unsigned char)byte >= 0x20 && (unsigned char)byte < 0x80 && byte != '"' &&
           byte != '\\';
}

/* Go past ASCII that needs no escape, a word at a time while there are eight bytes. */
static const char *pass_ascii(const char *at, const char *end)
{
    while (end - at >= JN_WORD_SIZE) {
        uint64_t marks = jn_word_not_plain_ascii(jn_word_at(at));

        if (marks)
            return at + jn_word_before(marks);
        at += JN_WORD_SIZE;
    }
    while (at < end && is_plain_ascii(*at))
        at++;
    return at;
}

/* Go past whole characters of UTF-8, to what must be escaped or is none, or to the
 * end. */
static const char *pass_plain(const char *at, const char *end)
{
    size_t size = 0;

    do {
        at = pass_ascii(at + size, end);
        if (at == end || (unsigned char)*at < 0x80)
            return at;
        size = jn_utf8_first_size(at, (size_t)(end - at));
    } while (size);
    return at;
}

/* The bytes of the escape at the backslash; 0 if encode.c writes no such escape. It has a
 * short form for some control characters, and \u00 and two digits for the others. */
static size_t escape_size(const char *at, const char *end)
{
    static const char digits[] = "0123456789abcdef";
    const char *low;

    if (end - at >= 2 && at[1] && strchr("\"\\bfnrt", at[1]))
        return 2;
    if (end - at < 6 || memcmp(at, "\\u00", 4) != 0 || !at[5])
        return 0;
    low = strchr(digits, at[5]);
    if (!low || (at[4] != '0' && at[4] != '1'))
        return 0;
    if (at[4] == '0' && strchr("089acd", at[5])) /* NUL, \b, \t, \n, \f and \r */
        return 0;
    return 6;
}

/* Go past plain bytes and escapes. NULL if there is an escape that declines. */
static const char *pass_inside(const char *at, const char *end, bool *is_escaped)
{
    at = pass_plain(at, end);
    while (at < end && *at == '\\') {
        size_t size = escape_size(at, end);

        if (!size)
            return NULL;
        *is_escaped = true;
        at = pass_plain(at + size, end);
    }
    return at;
}

/* Escapes only get shorter, so there is room for the text that they stand for. */
static bool take_text(struct reader *reader, const char **text)
{
    struct jn_json_span inside;
    bool is_escaped = false;
    char *made;

    if (!take_byte(reader, '"'))
        return false;
    inside.text = reader->at;
    reader->at = pass_inside(reader->at, reader->end, &is_escaped);
    if (!reader->at)
        return false;
    inside.size = (size_t)(reader->at - inside.text);
    if (!take_byte(reader, '"'))
        return false;
    made = jn_arena_room(reader->arena, inside.size + 1);
    if (!made)
        return false;
    if (!is_escaped)
        memcpy(made, inside.text, inside.size);
    else if (jn_json_unescape(&inside, made, &inside.size))
        return false;
    made[inside.size] = '\0';
    *text = made;
    return true;
}

/* ---- other scalars ------------------------------------------------------------ */

/* No zero stands before other digits, and none has a minus. A 20th digit is left over,
 * and declines the text, as a point and an exponent do. */
static bool take_whole(struct reader *reader, int64_t *value)
{
    bool negative = take_byte(reader, '-');
    const char *start = reader->at, *at = start;
    const char *end =
        reader->end - start > WHOLE_DIGITS ? start + WHOLE_DIGITS : reader->end;
    uint64_t sum = 0;

    while (at < end && (unsigned)(*at - '0') <= 9)
        sum = sum * 10 + (unsigned)(*at++ - '0');
    if (at == start || (*start == '0' && (negative || at - start > 1)))
        return false;
    if (sum > (uint64_t)INT64_MAX + negative)
        return false;
    /* in two steps, because INT64_MIN has no positive counterpart */
    *value = negative ? -(int64_t)(sum - 1) - 1 : (int64_t)sum;
    reader->at = at;
    return true;
}

static bool take_bool(struct reader *reader, bool *value)
{
    *value = take_word(reader, "true", 4);
    return *value || take_word(reader, "false", 5);
}

/* One value of any kind, by the grammar of json.c. */
static bool take_value(struct reader *reader, struct jn_json_span *value)
{
    struct jn_json json = {.start = reader->at,
                           .at = reader->at,
                           .end = reader->end,
                           .depth_left = reader->depth_left};
    const char *start = reader->at;

    if (!jn_json_skip(&json, value) || value->text != start)
        return false;
    reader->at = json.at;
    return jn_utf8_is_valid(value->text, value->size);
}

/* The same digits are read by the same function as in decode.c. */
static bool take_real(struct reader *reader, double *value)
{
    struct jn_json_span span;

    if (reader->at == reader->end || !strchr("-0123456789", *reader->at))
        return false;
    return take_value(reader, &span) &&
           (memchr(span.text, '.', span.size) || memchr(span.text, 'e', span.size)) &&
           jn_json_read_real(&span, value);
}

/* A null is NULL; anything else is kept as it is written. */
static bool take_raw(struct reader *reader, jangle_json *value)
{
    struct jn_json_span span;
    char *made;

    if (!take_value(reader, &span))
        return false;
    if (*span.text == 'n')
        return true;
    made = jn_arena_room(reader->arena, span.size + 1);
    if (!made)
        return false;
    memcpy(made, span.text, span.size);
    made[span.size] = '\0';
    value->text = made;
    return true;
}

/* ---- structs and lists -------------------------------------------------------- */

static bool
take_struct(struct reader *reader, const struct jangle_message *type, void *data);

/* How many objects or lists end before the list does, which is how many items it has if
 * it is sound: take_list finds out. 0 if the list does not end. Each takes two bytes of
 * text, so this bounds what is allocated. */
static size_t count_items(const char *at, const char *end)
{
    size_t depth = 0, count = 0;

    while (at < end) {
        char byte = *at++;

        if (byte == '"') {
            at += jn_plain_size(at, (size_t)(end - at));
            while (at < end && *at == '\\') {
                at += end - at >= 2 ? 2 : 1;
                at += jn_plain_size(at, (size_t)(end - at));
            }
            at += at < end;
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if (byte == '}' || byte == ']') {
            if (!depth)
                return count;
            depth--;
            count += !depth;
        }
    }
    return 0;
}

/* The list is allocated in one piece, as in decode.c. */
static bool
take_list(struct reader *reader, const struct jangle_message *type, void *member)
{
    struct jangle_list list = {NULL, 0};
    size_t count;

    if (!take_byte(reader, '[') || reader->depth_left-- <= 0)
        return false;
    count = count_items(reader->at, reader->end);
    if (count) {
        list.items = jn_arena_room(reader->arena, count * type->size);
        if (!list.items)
            return false;
        memset(list.items, 0, count * type->size);
    }
    for (; list.count < count; list.count++)
        if ((list.count && !take_byte(reader, ',')) ||
            !take_struct(reader, type,
                         (unsigned char *)list.items + list.count * type->size))
            return false;
    reader->depth_left++;
    memcpy(member, &list, sizeof list);
    return take_byte(reader, ']');
}

/* An absent optional is left out, so null is none of its values here. */
static bool
take_member(struct reader *reader, const struct jangle_field *field, void *data)
{
    enum jangle_kind kind;
    void *value = jn_member_give(data, field, &kind);

    switch (kind) {
    case JANGLE_KIND_BOOL:
        return take_bool(reader, value);
    case JANGLE_KIND_INT:
        return take_whole(reader, value);
    case JANGLE_KIND_TIME:
        return take_whole(reader, &((jangle_time *)value)->us);
    case JANGLE_KIND_REAL:
        return take_real(reader, value);
    case JANGLE_KIND_TEXT:
        return take_text(reader, value);
    case JANGLE_KIND_JSON:
        return take_raw(reader, value);
    case JANGLE_KIND_NESTED:
        return take_struct(reader, field->type, value);
    case JANGLE_KIND_LIST:
        return take_list(reader, field->type, value);
    case JN_NO_VALUE:
        break;
    }
    return false; /* a jangle_nothing, which is never written */
}

/* The name in its quotes, and a colon. Names need no escape: jn_type_check sees to it. */
static bool take_name(struct reader *reader, const char *name)
{
    const char *at = reader->at;
    size_t size = strlen(name);

    if ((size_t)(reader->end - at) < size + 3 || at[0] != '"' || at[size + 1] != '"' ||
        at[size + 2] != ':' || memcmp(at + 1, name, size) != 0)
        return false;
    reader->at = at + size + 3;
    return true;
}

static bool may_be_absent(const struct jangle_field *field)
{
    return field->kind == JANGLE_KIND_NOTHING || jn_kind_is_optional(field->kind);
}

/* All of `data` is zero before, which is what absent optionals are. */
static bool
take_struct(struct reader *reader, const struct jangle_message *type, void *data)
{
    const struct jangle_field *field = type->fields;

    if (!take_byte(reader, '{') || reader->depth_left-- <= 0)
        return false;
    for (bool first = true; !take_byte(reader, '}'); first = false, field++) {
        if (!first && !take_byte(reader, ','))
            return false;
        while (field->name && !take_name(reader, field->name))
            if (!may_be_absent(field++))
                return false;
        if (!field->name || !take_member(reader, field, data))
            return false;
    }
    reader->depth_left++;
    while (field->name && may_be_absent(field))
        field++;
    return !field->name;
}

enum jn_canonical jn_canonical_decode(struct jangle_arena *arena,
                                      const struct jangle_message *type,
                                      const char *json,
                                      size_t size,
                                      int version,
                                      const struct jn_limits *limits,
                                      void *data)
{
    struct jn_arena_mark mark = jn_arena_mark(arena);
    struct reader reader = {json, json + size, arena, limits->json_depth};

    memset(data, 0, type->size);
    if (reader.depth_left > JN_JSON_DEPTH_MAX)
        reader.depth_left = JN_JSON_DEPTH_MAX;
    if (size > (uint64_t)limits->message_bytes || version != jn_type_version(type) ||
        arena->failed)
        return JN_CANONICAL_DECLINED;
    if (take_struct(&reader, type, data) && reader.at == reader.end)
        return JN_CANONICAL_TAKEN;
    memset(data, 0, type->size);
    if (arena->failed)
        return JN_CANONICAL_NO_MEMORY;
    jn_arena_set_back(arena, &mark);
    return JN_CANONICAL_DECLINED;
}
