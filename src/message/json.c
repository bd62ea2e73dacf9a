/* json.c - the grammar of JSON, a step at a time. */
#include <jangle/plugin/json.h>

#include "base/number.h"
#include "base/plain.h"
#include "base/utf8.h"

#include <string.h>

enum { NAME_SIZE = 1280 }; /* a name of 200 bytes with every byte escaped */

/* The first fault stays: `at` is where it is. */
static bool fault(struct jn_json *json, const char *words)
{
    if (!json->fault)
        json->fault = words;
    return false;
}

/* NUL stands for the end, too: no rule of the grammar allows it. */
static char here(const struct jn_json *json)
{
    return json->at < json->end ? *json->at : '\0';
}

static void skip_space(struct jn_json *json)
{
    char byte = here(json);

    while (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t') {
        json->at++;
        byte = here(json);
    }
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Four hexadecimal digits; -1 if there are none. */
static int32_t hex_value(const char *at, const char *end)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    int32_t value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char *digit = at[i] ? strchr(digits, at[i]) : NULL;

        if (!digit)
            return -1;
        value = value * 16 + (int32_t)((digit - digits) % 16);
    }
    return value;
}

void jn_json_init(struct jn_json *json, const char *text, size_t size, int64_t depth)
{
    size_t valid = jn_utf8_valid_size(text, size);

    *json = (struct jn_json){
        .start = text,
        .at = text,
        .end = text + size,
        .depth_left = depth < JN_JSON_DEPTH_MAX ? depth : JN_JSON_DEPTH_MAX,
    };
    if (valid < size) {
        json->at += valid;
        fault(json, "it is not UTF-8");
    }
}

enum jn_json_kind jn_json_peek(struct jn_json *json)
{
    if (json->fault)
        return JN_JSON_NONE;
    skip_space(json);
    switch (here(json)) {
    case 'n':
        return JN_JSON_NULL;
    case 't':
    case 'f':
        return JN_JSON_BOOL;
    case '"':
        return JN_JSON_TEXT;
    case '[':
        return JN_JSON_LIST;
    case '{':
        return JN_JSON_OBJECT;
    case '-':
        return JN_JSON_NUMBER;
    default:
        return is_digit(here(json)) ? JN_JSON_NUMBER : JN_JSON_NONE;
    }
}

/* The caller has peeked: the next byte is the bracket or brace. */
bool jn_json_enter(struct jn_json *json)
{
    if (json->fault)
        return false;
    if (json->depth_left <= 0)
        return fault(json, "it is nested too deep");
    json->depth_left--;
    json->at++;
    return true;
}

/* Go to the next element of a list or object, over its comma; or past its end. */
static bool next_element(struct jn_json *json, bool first, char close, const char *words)
{
    if (json->fault)
        return false;
    skip_space(json);
    if (here(json) == close) {
        json->at++;
        json->depth_left++;
        return false;
    }
    if (first)
        return true;
    if (here(json) != ',')
        return fault(json, words);
    json->at++;
    skip_space(json);
    return true;
}

static bool skip_digits(struct jn_json *json)
{
    if (!is_digit(here(json)))
        return fault(json, "a digit was expected");
    while (is_digit(here(json)))
        json->at++;
    return true;
}

/* No zero before other digits, and digits after a point: as RFC 8259 has it. */
static bool skip_number(struct jn_json *json)
{
    json->at += here(json) == '-';
    if (here(json) == '0')
        json->at++;
    else if (!skip_digits(json))
        return false;
    if (here(json) == '.') {
        json->at++;
        if (!skip_digits(json))
            return false;
    }
    if (here(json) == 'e' || here(json) == 'E') {
        json->at++;
        json->at += here(json) == '+' || here(json) == '-';
        return skip_digits(json);
    }
    return true;
}

static bool skip_escape(struct jn_json *json)
{
    const char *escape = json->at + 1;

    if (escape < json->end && *escape == 'u' && hex_value(escape + 1, json->end) >= 0)
        json->at += 6;
    else if (escape < json->end && strchr("\"\\/bfnrt", *escape))
        json->at += 2;
    else
        return fault(json, "there is no such escape");
    return true;
}

/* Escapes are checked here, so that jn_json_unescape can rely on them. */
static bool skip_text(struct jn_json *json)
{
    json->at++;
    for (;;) {
        json->at += jn_plain_size(json->at, (size_t)(json->end - json->at));
        if (json->at == json->end)
            return fault(json, "the text does not end");
        if (*json->at == '"')
            break;
        if (*json->at != '\\')
            return fault(json, "a control character must be escaped");
        if (!skip_escape(json))
            return false;
    }
    json->at++;
    return true;
}

static bool skip_word(struct jn_json *json)
{
    static const char *const words[] = {"null", "true", "false"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i]);

        if ((size_t)(json->end - json->at) >= size &&
            memcmp(json->at, words[i], size) == 0) {
            json->at += size;
            return true;
        }
    }
    return fault(json, "a value was expected");
}

static bool skip_scalar(struct jn_json *json, enum jn_json_kind kind)
{
    if (kind == JN_JSON_TEXT)
        return skip_text(json);
    if (kind == JN_JSON_NUMBER)
        return skip_number(json);
    return skip_word(json);
}

bool jn_json_next_item(struct jn_json *json, bool first)
{
    return next_element(json, first, ']', "a comma or the list's end was expected");
}

bool jn_json_next_member(struct jn_json *json, bool first, struct jn_json_span *name)
{
    if (!next_element(json, first, '}', "a comma or the object's end was expected"))
        return false;
    if (here(json) != '"')
        return fault(json, "a member's name was expected");
    name->text = json->at + 1;
    if (!skip_text(json))
        return false;
    name->size = (size_t)(json->at - name->text) - 1;
    skip_space(json);
    if (here(json) != ':')
        return fault(json, "a colon was expected");
    json->at++;
    return true;
}

/* No recursion, because the text is a stranger's: what is open is noted in an array,
 * whose size is the greatest depth. */
bool jn_json_skip(struct jn_json *json, struct jn_json_span *value)
{
    bool is_object[JN_JSON_DEPTH_MAX];
    struct jn_json_span name;
    size_t depth = 0;

    jn_json_peek(json);
    value->text = json->at;
    do {
        enum jn_json_kind kind = jn_json_peek(json);
        bool first = kind == JN_JSON_LIST || kind == JN_JSON_OBJECT;

        if (json->fault || !(first ? jn_json_enter(json) : skip_scalar(json, kind)))
            return false;
        if (first)
            is_object[depth++] = kind == JN_JSON_OBJECT;
        while (depth && !(is_object[depth - 1] ? jn_json_next_member(json, first, &name)
                                               : jn_json_next_item(json, first))) {
            if (json->fault)
                return false;
            depth--;
            first = false;
        }
    } while (depth);
    value->size = (size_t)(json->at - value->text);
    return true;
}

bool jn_json_finish(struct jn_json *json)
{
    if (json->fault)
        return false;
    skip_space(json);
    return json->at == json->end || fault(json, "there is more after the value");
}

bool jn_json_whole(struct jn_json *json, struct jn_json_span *value)
{
    return jn_json_skip(json, value) && jn_json_finish(json);
}

/* One \uNNNN, or two that are the halves of a surrogate pair. Their digits were checked.
 * Returns NULL, or what is wrong. */
static const char *unescape_unicode(const char **at, const char *end, uint32_t *character)
{
    int32_t high = hex_value(*at + 2, end), low;

    *at += 6;
    *character = (uint32_t)high;
    if (high == 0)
        return "holds a NUL";
    if (high < 0xD800 || high > 0xDFFF)
        return NULL;
    low = end - *at >= 6 && memcmp(*at, "\\u", 2) == 0 ? hex_value(*at + 2, end) : 0;
    if (high > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
        return "holds half a surrogate pair";
    *at += 6;
    *character = 0x10000u + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    return NULL;
}

/* A text in C ends at its first zero, so an escaped one is refused. */
const char *jn_json_unescape(const struct jn_json_span *span, char *to, size_t *size)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *at = span->text, *end = at + span->size;
    char *out = to;

    while (at < end) {
        uint32_t character;
        const char *reason;

        if (*at != '\\') {
            const char *escape = memchr(at, '\\', (size_t)(end - at));
            size_t plain = (size_t)((escape ? escape : end) - at);

            memmove(out, at, plain);
            out += plain;
            at += plain;
            continue;
        }
        if (at[1] != 'u') {
            *out++ = meanings[strchr(escapes, at[1]) - escapes];
            at += 2;
            continue;
        }
        reason = unescape_unicode(&at, end, &character);
        if (reason)
            return reason;
        out += jn_utf8_write(out, character);
    }
    *size = (size_t)(out - to);
    return NULL;
}

/* Most names have no escape, and are compared as they are. */
bool jn_json_says(const struct jn_json_span *span, const char *text)
{
    size_t size = strlen(text), plain_size;
    char plain[NAME_SIZE];

    if (!memchr(span->text, '\\', span->size))
        return span->size == size && memcmp(span->text, text, size) == 0;
    return span->size <= sizeof plain && !jn_json_unescape(span, plain, &plain_size) &&
           plain_size == size && memcmp(plain, text, size) == 0;
}

bool jn_json_read_real(const struct jn_json_span *number, double *value)
{
    return jn_number_read(number->text, number->size, value);
}

bool jn_json_can_hold(const char *text, size_t size)
{
    return jn_utf8_is_valid(text, size);
}
