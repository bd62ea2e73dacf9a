/* names.c - what topics, queues and routes are called at the server. */
#include "nats/names.h"

enum { NAME_LIMIT = 200 };

bool jn_nats_join(char *out, size_t size, const char *const *texts)
{
    size_t used = 0;

    for (; *texts; texts++) {
        size_t length = strlen(*texts);

        if (length >= size - used) {
            *out = '\0';
            return false;
        }
        memcpy(out + used, *texts, length + 1);
        used += length;
    }
    return true;
}

/* ---- names --------------------------------------------------------------------- */

static bool fits_name(unsigned char byte)
{
    return byte > 32 && byte < 127 && !strchr("*>/\\\"%", byte);
}

enum jangle_result jn_nats_name(char out[JN_NATS_NAME_SIZE],
                                const char *kind,
                                const char *name,
                                const char *ending,
                                struct jangle_error *error)
{
    size_t length = name ? strlen(name) : 0;

    if (!length || length > NAME_LIMIT)
        return jangle_error_set(error, JANGLE_INVALID,
                                "NATS: the name of %s \"%s\" has not 1 to %d bytes", kind,
                                JN_SHOWN(60, name), NAME_LIMIT);
    for (size_t i = 0; i < length; i++) {
        if (!fits_name((unsigned char)name[i]))
            return jangle_error_set(
                error, JANGLE_INVALID,
                "NATS: the name of %s \"%s\" has a character that no stream may have: a "
                "blank, one of * > / \\ \" %%, or one beyond ASCII",
                kind, JN_SHOWN(60, name));
        out[i] = name[i];
        if (name[i] == '.')
            out[i] = '_';
    }
    memcpy(out + length, ending, strlen(ending) + 1);
    return JANGLE_OK;
}

/* ---- %XX ----------------------------------------------------------------------- */

static bool put_encoded(char **out, const char *end, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";

    if (end - *out < 4)
        return false;
    *(*out)++ = '%';
    *(*out)++ = digits[byte >> 4];
    *(*out)++ = digits[byte & 15];
    return true;
}

static int digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

/* What is no %XX stays: others may have published it. */
static void decode(char *text)
{
    char *to = text;

    for (; *text; text++) {
        int high = *text == '%' ? digit(text[1]) : -1;
        int low = high < 0 ? -1 : digit(text[2]);

        if (low >= 0 && high + low > 0) {
            *to++ = (char)(high * 16 + low);
            text += 2;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

/* A subject has no empty word between two points, nor at an end. */
static bool fits_subject(const char *route, const char *at)
{
    if (*at == '.')
        return at != route && at[1] && at[1] != '.';
    return *at > 32 && *at < 127 && !strchr("*>%", *at);
}

bool jn_nats_route_write(char *out, size_t size, const char *route)
{
    const char *end = out + size;

    if (!route || !*route) {
        jn_text_copy(out, size, route ? "%0" : "%-");
        return true;
    }
    for (const char *at = route; *at; at++) {
        if (end - out < 2)
            return false;
        if (fits_subject(route, at))
            *out++ = *at;
        else if (!put_encoded(&out, end, (unsigned char)*at))
            return false;
    }
    *out = '\0';
    return true;
}

const char *jn_nats_route_read(char *text)
{
    if (strcmp(text, "%-") == 0)
        return NULL;
    if (strcmp(text, "%0") == 0)
        return "";
    decode(text);
    return text;
}

bool jn_nats_text_write(char *out, size_t size, const char *text)
{
    const char *end = out + size;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (end - out < 2)
            return false;
        if (byte > 32 && byte < 127 && !strchr("%\"\\", *text))
            *out++ = *text;
        else if (!put_encoded(&out, end, byte))
            return false;
    }
    *out = '\0';
    return true;
}

void jn_nats_text_read(char *text)
{
    decode(text);
}
