/* json_writer.c - JSON is written into an arena, the same bytes for the same calls. */
#include "base/number.h"
#include "base/plain.h"
#include "base/utf8.h"

#include <jangle/plugin/json.h>
#include <jangle/plugin/support.h>

#include <stdio.h>
#include <string.h>

enum {
    BESIDE_A_NAME = 4,
    FIRST_CAPACITY = 256,
    FIRST_BEYOND_ASCII = 0x7F,
    FIRST_PAIR = 0x10000
};

/* The arena cannot enlarge a piece, so the text is copied to a new one. Each is twice as
 * large as the last, so little is copied in all. */
static bool grow_text(struct jn_json_writer *writer, size_t size)
{
    size_t capacity = writer->capacity ? writer->capacity : FIRST_CAPACITY;
    char *text = NULL;

    while (capacity < size && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    if (capacity >= size)
        text = jangle_alloc(writer->arena, capacity);
    if (!text) {
        writer->failed = true;
        return false;
    }
    if (writer->size)
        memcpy(text, writer->text, writer->size);
    writer->text = text;
    writer->capacity = capacity;
    return true;
}

/* All that is written goes through here. There is always room for the zero at the end. */
static void put_bytes(struct jn_json_writer *writer, const char *bytes, size_t size)
{
    if (writer->failed)
        return;
    if (size >= writer->capacity - writer->size &&
        !grow_text(writer, writer->size + size + 1))
        return;
    if (size)
        memcpy(writer->text + writer->size, bytes, size);
    writer->size += size;
}

/* Between two elements of an object or a list. */
static void put_comma(struct jn_json_writer *writer)
{
    if (writer->comma)
        put_bytes(writer, ", ", writer->as_python ? 2 : 1);
    writer->comma = true;
}

static void put_colon(struct jn_json_writer *writer)
{
    put_bytes(writer, ": ", writer->as_python ? 2 : 1);
    writer->comma = false;
}

void jn_json_open(struct jn_json_writer *writer, char bracket)
{
    put_comma(writer);
    put_bytes(writer, &bracket, 1);
    writer->comma = false;
}

void jn_json_close(struct jn_json_writer *writer, char bracket)
{
    put_bytes(writer, &bracket, 1);
    writer->comma = true;
}

/* ---- texts --------------------------------------------------------------------- */

static void put_unit(struct jn_json_writer *writer, uint32_t unit)
{
    char escape[8];

    snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unit & 0xFFFF));
    put_bytes(writer, escape, 6);
}

/* In the shortest form that JSON has. */
static void put_escape(struct jn_json_writer *writer, uint32_t character)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found =
        character && character < 0x80 ? strchr(plain, (int)character) : NULL;

    if (found) {
        put_bytes(writer, (char[]){'\\', letters[found - plain]}, 2);
    } else if (character < FIRST_PAIR) {
        put_unit(writer, character);
    } else {
        put_unit(writer, 0xD800 + ((character - FIRST_PAIR) >> 10));
        put_unit(writer, 0xDC00 + ((character - FIRST_PAIR) & 0x3FF));
    }
}

/* How many bytes need no escape. Python escapes all that is not ASCII. */
static size_t
plain_size(const struct jn_json_writer *writer, const char *text, size_t size)
{
    size_t plain = jn_plain_size(text, size);

    for (size_t i = 0; writer->as_python && i < plain; i++)
        if ((unsigned char)text[i] >= FIRST_BEYOND_ASCII)
            return i;
    return plain;
}

/* The next character, which is copied first, because the text need not end with
 * a zero. */
static uint32_t take_character(const char **at, const char *end)
{
    char copy[JN_UTF8_SIZE + 1] = {0};
    const char *after = copy;
    size_t left = (size_t)(end - *at);
    uint32_t character;

    memcpy(copy, *at, left < JN_UTF8_SIZE ? left : JN_UTF8_SIZE);
    character = jn_utf8_next(&after);
    *at += after - copy;
    return character;
}

/* The inside of a text: as much as can be copied at a time, then one escape. */
static void put_inside(struct jn_json_writer *writer, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end && !writer->failed) {
        const char *start = text;

        text += plain_size(writer, text, (size_t)(end - text));
        put_bytes(writer, start, (size_t)(text - start));
        if (text < end)
            put_escape(writer, take_character(&text, end));
    }
}

/* Most texts and names need no escape and find room, and are written at once: a comma,
 * two quotes and a colon of their own would cost more than the text. False: they are not
 * written. */
static bool
put_at_once(struct jn_json_writer *writer, const char *text, size_t size, bool is_name)
{
    char *at;

    if (writer->failed || writer->as_python ||
        writer->capacity - writer->size <= size + BESIDE_A_NAME ||
        jn_plain_size(text, size) < size)
        return false;
    at = writer->text + writer->size;
    if (writer->comma)
        *at++ = ',';
    *at++ = '"';
    if (size)
        memcpy(at, text, size);
    at += size;
    *at++ = '"';
    if (is_name)
        *at++ = ':';
    writer->size = (size_t)(at - writer->text);
    writer->comma = !is_name;
    return true;
}

void jn_json_put_text(struct jn_json_writer *writer, const char *text, size_t size)
{
    if (put_at_once(writer, text, size, false))
        return;
    put_comma(writer);
    put_bytes(writer, "\"", 1);
    put_inside(writer, text, size);
    put_bytes(writer, "\"", 1);
}

void jn_json_put_name(struct jn_json_writer *writer, const char *name)
{
    size_t size = strlen(name);

    if (put_at_once(writer, name, size, true))
        return;
    jn_json_put_text(writer, name, size);
    put_colon(writer);
}

void jn_json_put_int(struct jn_json_writer *writer, int64_t value)
{
    char text[JN_DIGITS_SIZE];

    put_comma(writer);
    put_bytes(writer, text, jn_digits_write(text, value, 1));
}

void jn_json_put_real(struct jn_json_writer *writer, double value)
{
    char text[JN_NUMBER_SIZE];

    jn_number_write(text, value);
    put_comma(writer);
    put_bytes(writer, text, strlen(text));
}

/* ---- values that were read ------------------------------------------------------ */

/* One escape of a text that was read. Python shows a character that needs no escape as it
 * is, and writes the digits of the others small. Half of a pair stays one. */
static const char *put_escape_again(struct jn_json_writer *writer, const char *at)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    uint32_t unit = 0;

    if (at[1] != 'u') {
        put_bytes(writer, at[1] == '/' ? at + 1 : at, at[1] == '/' ? 1 : 2);
        return at + 2;
    }
    for (int i = 2; i < 6; i++)
        unit = unit * 16 + (uint32_t)((strchr(digits, at[i]) - digits) % 16);
    if (unit < 0x80 && plain_size(writer, &(char){(char)unit}, 1))
        put_bytes(writer, (char[]){(char)unit}, 1);
    else
        put_escape(writer, unit);
    return at + 6;
}

/* A text with its quotes. Returns where it ends. */
static const char *put_text_again(struct jn_json_writer *writer, const char *at)
{
    put_bytes(writer, "\"", 1);
    for (at++; *at != '"';) {
        const char *start = at;

        while (*at != '"' && *at != '\\')
            at++;
        put_inside(writer, start, (size_t)(at - start));
        if (*at == '\\')
            at = put_escape_again(writer, at);
    }
    put_bytes(writer, "\"", 1);
    return at + 1;
}

/* The grammar was checked, so a look at each byte outside of texts is enough. */
static void put_value_again(struct jn_json_writer *writer,
                            const struct jn_json_span *value)
{
    const char *at = value->text, *end = at + value->size;

    while (at < end && !writer->failed) {
        if (*at == '"') {
            at = put_text_again(writer, at);
            continue;
        }
        if (!strchr(" \n\r\t", *at))
            put_bytes(writer, at, 1);
        if (*at == ',' || *at == ':')
            put_bytes(writer, " ", 1);
        at++;
    }
}

void jn_json_put_value(struct jn_json_writer *writer, const struct jn_json_span *value)
{
    put_comma(writer);
    if (writer->as_python)
        put_value_again(writer, value);
    else
        put_bytes(writer, value->text, value->size);
}

const char *jn_json_written(struct jn_json_writer *writer, size_t *size)
{
    put_bytes(writer, "", 0);
    if (writer->failed)
        return NULL;
    writer->text[writer->size] = '\0';
    if (size)
        *size = writer->size;
    return writer->text;
}
