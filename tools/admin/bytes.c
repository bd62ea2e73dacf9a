/* bytes.c - a text that grows. */
#include "admin/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct jn_bytes *bytes, size_t more)
{
    size_t room = bytes->room ? bytes->room : 256;
    char *text;

    if (bytes->failed || more >= SIZE_MAX / 4 - bytes->size) {
        bytes->failed = true;
        return false;
    }
    while (room - bytes->size <= more || room <= bytes->size)
        room *= 2;
    if (room == bytes->room)
        return true;
    text = realloc(bytes->text, room);
    if (!text) {
        bytes->failed = true;
        return false;
    }
    bytes->text = text;
    bytes->room = room;
    return true;
}

void jn_bytes_put(struct jn_bytes *bytes, const void *text, size_t size)
{
    if (!size || !make_room(bytes, size))
        return;
    memcpy(bytes->text + bytes->size, text, size);
    bytes->size += size;
}

void jn_bytes_text(struct jn_bytes *bytes, const char *text)
{
    jn_bytes_put(bytes, text, strlen(text));
}

void jn_bytes_repeat(struct jn_bytes *bytes, char what, size_t times)
{
    if (!make_room(bytes, times))
        return;
    memset(bytes->text + bytes->size, what, times);
    bytes->size += times;
}

void jn_bytes_format(struct jn_bytes *bytes, const char *format, ...)
{
    va_list values;
    va_list again;
    int size;

    va_start(values, format);
    va_copy(again, values);
    size = vsnprintf(NULL, 0, format, values);
    if (size < 0)
        bytes->failed = true;
    else if (make_room(bytes, (size_t)size + 1)) {
        (void)vsnprintf(bytes->text + bytes->size, (size_t)size + 1, format, again);
        bytes->size += (size_t)size;
    }
    va_end(again);
    va_end(values);
}

void jn_bytes_thousands(struct jn_bytes *bytes, int64_t number)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRId64, number);
    int at = digits[0] == '-';

    jn_bytes_put(bytes, "-", (size_t)at);
    for (; at < count; at++) {
        jn_bytes_put(bytes, digits + at, 1);
        if (at + 1 < count && (count - at - 1) % 3 == 0)
            jn_bytes_put(bytes, ",", 1);
    }
}

const char *jn_bytes_string(struct jn_bytes *bytes)
{
    if (!make_room(bytes, 1))
        return "";
    bytes->text[bytes->size] = '\0';
    return bytes->text;
}

void jn_bytes_clear(struct jn_bytes *bytes)
{
    bytes->size = 0;
}

void jn_bytes_free(struct jn_bytes *bytes)
{
    free(bytes->text);
    *bytes = (struct jn_bytes){0};
}
