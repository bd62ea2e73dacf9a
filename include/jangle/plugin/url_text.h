/* url_text.h - a URL that is written part by part, into an array of the caller. It is for
 * the transports in this source tree, and is not installed. */
#ifndef JANGLE_PLUGIN_URL_TEXT_H
#define JANGLE_PLUGIN_URL_TEXT_H

#include <jangle/result.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

JANGLE_C_BEGIN

/* `text` has room for `size` bytes, of which the last one used is a zero. The other
 * members are zero before the first call. */
struct jn_url_text {
    char *text;
    size_t size;
    size_t used;
    bool full; /* something was left out, because there was no room */
};

static inline void jn_url_put_byte(struct jn_url_text *url, char byte)
{
    if (url->used + 1 >= url->size) {
        url->full = true;
        return;
    }
    url->text[url->used++] = byte;
    url->text[url->used] = '\0';
}

/* What is part of the URL as it stands. */
static inline void jn_url_put(struct jn_url_text *url, const char *text)
{
    while (*text)
        jn_url_put_byte(url, *text++);
}

/* A user or a password, whose characters other than letters, digits, "-", "." and "_" are
 * written as %XX. */
static inline void jn_url_put_encoded(struct jn_url_text *url, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "abcdefghijklmnopqrstuvwxyz0123456789-._";

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (strchr(plain, *text)) {
            jn_url_put_byte(url, *text);
            continue;
        }
        jn_url_put_byte(url, '%');
        jn_url_put_byte(url, digits[byte >> 4]);
        jn_url_put_byte(url, digits[byte & 15]);
    }
}

JANGLE_C_END

#endif
