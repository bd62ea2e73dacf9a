/* error.c - results in words, and errors that are filled once. */
#include "base/error.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int classes;
    const char *text;
} results[] = {
#define X(name, number, classes, text) [number] = {#name, classes, text},
    JANGLE_RESULTS(X)
#undef X
};

static bool exists(enum jangle_result result)
{
    return (size_t)result < sizeof results / sizeof *results && results[result].name;
}

const char *jangle_result_name(enum jangle_result result)
{
    return exists(result) ? results[result].name : "?";
}

const char *jangle_result_text(enum jangle_result result)
{
    return exists(result) ? results[result].text : "no such result";
}

bool jangle_result_is(enum jangle_result result, enum jangle_result_class of)
{
    return exists(result) && (results[result].classes & (int)of) != 0;
}

bool jangle_result_retriable(enum jangle_result result)
{
    return jangle_result_is(result, JANGLE_RESULT_RETRIABLE);
}

bool jangle_result_final(enum jangle_result result)
{
    return jangle_result_is(result, JANGLE_RESULT_FINAL);
}

void jn_error_shorten(char *text, size_t size)
{
    size_t end = size - sizeof "...";

    while (end && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, "...", sizeof "...");
}

enum jangle_result jangle_error_set(struct jangle_error *error,
                                    enum jangle_result result,
                                    const char *format,
                                    ...)
{
    va_list values;
    int length;

    if (!error || error->result || !result)
        return result;
    va_start(values, format);
    length = vsnprintf(error->message, sizeof error->message, format, values);
    va_end(values);
    if (length < 0)
        snprintf(error->message, sizeof error->message, "%s", jangle_result_text(result));
    else if ((size_t)length >= sizeof error->message)
        jn_error_shorten(error->message, sizeof error->message);
    error->result = result;
    return result;
}

void jn_error_clear(struct jangle_error *error)
{
    if (error)
        *error = (struct jangle_error){0};
}

void jn_error_character(char piece[8], const char **at)
{
    const char *start = *at;
    uint32_t character = jn_utf8_next(at);
    bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);

    if (control || character >= 0x110000) {
        *at = start + 1;
        snprintf(piece, 8, "\\x%02x", (unsigned char)*start);
    } else {
        snprintf(piece, 8, "%.*s", (int)(*at - start), start);
    }
}

const char *jn_error_text(char *buffer, size_t size, const char *text)
{
    size_t used = 0, kept = 0; /* kept: where "..." would still fit */

    assert(size > sizeof "...");
    if (!text)
        return "?";
    while (*text) {
        char piece[8];

        jn_error_character(piece, &text);
        if (used + strlen(piece) >= size) {
            memcpy(buffer + kept, "...", sizeof "...");
            return buffer;
        }
        memcpy(buffer + used, piece, strlen(piece) + 1);
        used += strlen(piece);
        if (used + sizeof "..." <= size)
            kept = used;
    }
    buffer[used] = '\0';
    return buffer;
}
