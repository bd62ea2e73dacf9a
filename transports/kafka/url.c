/* url.c - the URLs of brokers. */
#include "kafka/url.h"

#include <ctype.h>
#include <stdlib.h>

static const struct {
    const char *scheme;
    const char *protocol;
    bool has_user;
} schemes[] = {
    {"kafka://", "plaintext", false},
    {"ssl://", "ssl", false},
    {"sasl_ssl://", "sasl_ssl", true},
    {"sasl_plaintext://", "sasl_plaintext", true},
};

static const char host_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";

/* ---- user and password ------------------------------------------------------------- */

static int hexadecimal(char character)
{
    const char *digits = "0123456789abcdef";
    const char *found = strchr(digits, tolower((unsigned char)character));

    return character && found ? (int)(found - digits) : -1;
}

/* Decode %XX in place. False if a % is not followed by two digits, or stands for a zero.
 */
static bool decode_text(char *text)
{
    char *to = text;

    for (; *text; text++, to++) {
        *to = *text;
        if (*text != '%')
            continue;
        int high = hexadecimal(text[1]);
        int low = high < 0 ? -1 : hexadecimal(text[2]);

        if (low < 0 || high + low == 0)
            return false;
        *to = (char)(high * 16 + low);
        text += 2;
    }
    *to = '\0';
    return true;
}

static const char *read_user(struct jn_kafka_url *url, char *text, bool may_have_one)
{
    char *password = strchr(text, ':');

    if (!may_have_one)
        return "it has a user, which its scheme does not send: sasl_ssl:// does";
    if (!password)
        return "its user has no password";
    *password++ = '\0';
    url->user = text;
    url->password = password;
    if (!*text || !decode_text(text) || !decode_text(password))
        return "a % in its user or password is not followed by two hexadecimal digits, "
               "or its user is empty";
    return NULL;
}

/* ---- hosts ------------------------------------------------------------------------- */

static bool is_port(const char *text, size_t size)
{
    char *end;
    long port = size > 0 && isdigit((unsigned char)*text) ? strtol(text, &end, 10) : 0;

    return port > 0 && port < 65536 && end == text + size;
}

/* host, host:port or [address]:port, `size` characters of it. What is wrong, or NULL. */
static const char *host_fault(const char *host, size_t size)
{
    const char *end = host + size, *colon = end;

    if (size == 0)
        return "it has no host, or two commas side by side";
    if (strspn(host, host_characters) < size)
        return "the name of a host holds a character that no name has";
    while (colon > host && *colon != ':' && *colon != ']')
        colon--;
    if (*colon == ':' && colon == host)
        return "it has no host";
    if (*colon == ':' && !is_port(colon + 1, (size_t)(end - colon - 1)))
        return "a port is no number from 1 to 65535";
    return NULL;
}

static const char *hosts_fault(const char *hosts)
{
    const char *fault = NULL;

    for (;; hosts++) {
        size_t size = strcspn(hosts, ",");

        fault = host_fault(hosts, size);
        hosts += size;
        if (fault || !*hosts)
            return fault;
    }
}

/* ---- the whole --------------------------------------------------------------------- */

static const char *read_url(struct jn_kafka_url *url)
{
    const char *fault;
    char *text = NULL, *at, *slash;
    bool has_user = false;

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t size = strlen(schemes[i].scheme);

        if (strncmp(url->text, schemes[i].scheme, size) != 0)
            continue;
        text = url->text + size;
        url->protocol = schemes[i].protocol;
        has_user = schemes[i].has_user;
    }
    if (!text)
        return "it does not begin with kafka://, ssl://, sasl_ssl:// or "
               "sasl_plaintext://";
    at = strrchr(text, '@');
    if (at) {
        *at = '\0';
        fault = read_user(url, text, has_user);
        if (fault)
            return fault;
        text = at + 1;
    }
    slash = text + strlen(text);
    if (slash > text && slash[-1] == '/')
        slash[-1] = '\0';
    url->hosts = text;
    return hosts_fault(text);
}

enum jangle_result jn_kafka_url_init(struct jn_kafka_url *url,
                                     const struct jangle_allocator *allocator,
                                     const char *text,
                                     struct jangle_error *error)
{
    const char *fault;

    *url = (struct jn_kafka_url){0};
    if (!text)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "the Kafka broker has no URL: it is kafka://HOST:9092,HOST:9092");
    url->text_size = strlen(text) + 1;
    url->text = jn_copy_text(allocator, text);
    if (!url->text)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a broker's URL");
    fault = read_url(url);
    return fault ? jangle_error_set(error, JANGLE_INVALID,
                                    "the URL of the Kafka broker: %s", fault)
                 : JANGLE_OK;
}

/* Not memset, because a compiler leaves out what it believes nobody sees. */
static void wipe_text(volatile char *text, size_t size)
{
    while (size)
        text[--size] = '\0';
}

void jn_kafka_url_finish(struct jn_kafka_url *url,
                         const struct jangle_allocator *allocator)
{
    if (url->text)
        wipe_text(url->text, url->text_size);
    jn_free(allocator, url->text);
    *url = (struct jn_kafka_url){0};
}
