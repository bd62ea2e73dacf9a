/* scanner.c - cuts the text of a pattern into words, numbers, texts and signs. */
#include "pattern/scanner.h"

#include <jangle/plugin/json.h>

#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           is_digit(byte) || byte == '_';
}

/* ---- tokens -------------------------------------------------------------------- */

/* From the opening quote to behind the closing one. */
static const char *
scan_text(const char *at, enum jn_pattern_token kind, enum jn_pattern_token *token)
{
    char quote = *at++;

    for (; *at && *at != quote; at++)
        at += *at == '\\' && at[1];
    *token = *at ? kind : JN_PATTERN_TOKEN_OPEN;
    return *at ? at + 1 : at;
}

/* A sign belongs to a number at its start and behind an "e". */
static const char *scan_number(const char *at)
{
    at++;
    while (is_word(*at) || *at == '.' ||
           ((*at == '+' || *at == '-') && (at[-1] == 'e' || at[-1] == 'E')))
        at++;
    return at;
}

static bool starts_number(const char *at)
{
    at += *at == '+' || *at == '-';
    at += *at == '.';
    return is_digit(*at);
}

void jn_pattern_scan(struct jn_pattern_scanner *scanner)
{
    const char *at = scanner->end;

    at += strspn(at, " \t\r\n");
    scanner->start = at;
    if (!*at) {
        scanner->token = JN_PATTERN_TOKEN_END;
    } else if (*at == '\'' || *at == '"') {
        at = scan_text(at, JN_PATTERN_TOKEN_TEXT, &scanner->token);
    } else if (*at == 'r' && (at[1] == '\'' || at[1] == '"')) {
        at = scan_text(at + 1, JN_PATTERN_TOKEN_RAW, &scanner->token);
    } else if (starts_number(at)) {
        at = scan_number(at);
        scanner->token = JN_PATTERN_TOKEN_NUMBER;
    } else if (is_word(*at)) {
        while (is_word(*at))
            at++;
        scanner->token = JN_PATTERN_TOKEN_WORD;
    } else {
        for (at++; (*at & 0xC0) == 0x80; at++)
            continue; /* the rest of a character */
        scanner->token = JN_PATTERN_TOKEN_SIGN;
    }
    scanner->end = at;
}

bool jn_pattern_is_sign(const struct jn_pattern_scanner *scanner, char sign)
{
    return scanner->token == JN_PATTERN_TOKEN_SIGN && *scanner->start == sign;
}

size_t jn_pattern_column(const struct jn_pattern_scanner *scanner, const char *at)
{
    size_t column = 1;

    for (const char *before = scanner->text; before < at; before++)
        column += (*before & 0xC0) != 0x80;
    return column;
}

/* ---- texts --------------------------------------------------------------------- */

/* JSON has the same escape, of one or of two halves. Returns NULL, or what is wrong. */
static const char *take_unicode(const char **at, const char *end, char **to)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    size_t size = (size_t)(end - *at) >= 12 && memcmp(*at + 6, "\\u", 2) == 0 &&
                          strspn(*at + 8, digits) >= 4
                      ? 12
                      : 6;
    struct jn_json_span span = {*at, size};
    const char *wrong;
    size_t written;

    if ((size_t)(end - *at) < 6 || strspn(*at + 2, digits) < 4)
        return "\\u needs four hexadecimal digits";
    wrong = jn_json_unescape(&span, *to, &written);
    if (wrong && size == 12) {
        span.size = size = 6; /* not two halves, but two characters */
        wrong = jn_json_unescape(&span, *to, &written);
    }
    if (wrong)
        return "\\u needs the number of a character that a text may have";
    *at += size;
    *to += written;
    return NULL;
}

static const char *take_escape(const char **at, const char *end, char **to)
{
    static const char escapes[] = "\\'\"nrt", meanings[] = "\\'\"\n\r\t";
    const char *escape = *at + 1 < end ? strchr(escapes, (*at)[1]) : NULL;

    if (*at + 1 < end && (*at)[1] == 'u')
        return take_unicode(at, end, to);
    if (escape) {
        *(*to)++ = meanings[escape - escapes];
        *at += 2;
    } else {
        *(*to)++ = *(*at)++;
    }
    return NULL;
}

const char *jn_pattern_unquote(const struct jn_pattern_scanner *scanner,
                               struct jn_pattern_memory *memory,
                               const char **text,
                               size_t *size)
{
    bool raw = scanner->token == JN_PATTERN_TOKEN_RAW;
    const char *at = scanner->start + 1 + raw, *end = scanner->end - 1;
    char *made = jn_pattern_take(memory, (size_t)(end - at) + 1), *to = made;

    if (!made)
        return "out of memory";
    while (at < end) {
        const char *wrong = NULL;

        if (*at == '\\' && !raw)
            wrong = take_escape(&at, end, &to);
        else
            *to++ = *at++;
        if (wrong)
            return wrong;
    }
    *text = made;
    *size = (size_t)(to - made);
    return NULL;
}
