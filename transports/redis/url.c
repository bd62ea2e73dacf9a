/* url.c - the URL of a Redis, and the options with their defaults. */
#include "redis/url.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/un.h>

enum { REDIS_PORT = 6379, DATABASE_MAX = 1000000, DEFAULT_LEASE_MS = 30000 };

static const char tcp_scheme[] = "redis://";
static const char tls_scheme[] = "rediss://";
static const char unix_scheme[] = "unix://";

/* ---- one URL ------------------------------------------------------------------- */

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
        int high, low;

        *to = *text;
        if (*text != '%')
            continue;
        high = hexadecimal(text[1]);
        low = high < 0 ? -1 : hexadecimal(text[2]);
        if (low < 0 || high + low == 0)
            return false;
        *to = (char)(high * 16 + low);
        text += 2;
    }
    *to = '\0';
    return true;
}

/* End a text before `separator` and return what follows; NULL if it is not there. */
static char *cut_at(char *separator)
{
    if (!separator)
        return NULL;
    *separator = '\0';
    return separator + 1;
}

static bool read_number(const char *text, int64_t most, int64_t *number)
{
    char *end;
    long long read;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    read = strtoll(text, &end, 10);
    *number = read;
    return !errno && !*end && read <= most;
}

static const char *read_user(struct jn_redis_settings *settings, char *text)
{
    char *password = cut_at(strchr(text, ':'));

    settings->user = *text ? text : NULL;
    settings->password = password ? password : "";
    if (!decode_text(text) || (password && !decode_text(password)))
        return "a % in its user or password is not followed by two hexadecimal digits";
    return NULL;
}

static const char *read_host(struct jn_redis_settings *settings, char *text)
{
    int64_t number = REDIS_PORT;
    char *port;

    if (*text == '[') {
        char *end = strchr(++text, ']');

        if (!end || (end[1] && end[1] != ':'))
            return "its address has no closing bracket";
        *end = '\0';
        port = end[1] ? end + 2 : NULL;
    } else {
        port = cut_at(strchr(text, ':'));
    }
    settings->host = text;
    if (!*text)
        return "it has no host";
    if (port && (!read_number(port, 65535, &number) || number == 0))
        return "its port is no number from 1 to 65535";
    settings->port = (int)number;
    return NULL;
}

static const char *read_database(struct jn_redis_settings *settings, const char *path)
{
    if (!path || !*path || read_number(path, DATABASE_MAX, &settings->database))
        return NULL;
    return "what follows its host is not the number of a database";
}

static const char *read_path(struct jn_redis_settings *settings, char *path)
{
    settings->path = path;
    if (*path != '/')
        return "its path does not begin with / as in unix:///run/redis.sock";
    if (!decode_text(path))
        return "a % in its path is not followed by two hexadecimal digits";
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return "its path is longer than the system allows for a socket";
    return NULL;
}

/* What is wrong with the URL, or NULL. */
static const char *read_url(struct jn_redis_settings *settings)
{
    char *text = settings->text;
    const char *fault = NULL;
    char *path, *at;

    if (strncmp(text, unix_scheme, strlen(unix_scheme)) == 0)
        return read_path(settings, text + strlen(unix_scheme));
    if (strncmp(text, tls_scheme, strlen(tls_scheme)) == 0)
        return "rediss needs TLS, and the hiredis that this library was built with has "
               "none: reach Redis through a tunnel, or on a network that you trust";
    if (strncmp(text, tcp_scheme, strlen(tcp_scheme)) != 0)
        return "it begins neither with redis:// nor with unix://";
    text += strlen(tcp_scheme);
    path = cut_at(strchr(text, '/'));
    at = strrchr(text, '@');
    if (at) {
        *at = '\0';
        fault = read_user(settings, text);
        text = at + 1;
    }
    if (!fault)
        fault = read_host(settings, text);
    return fault ? fault : read_database(settings, path);
}

/* ---- options ------------------------------------------------------------------- */

/* What is wrong with the options, or NULL. */
static const char *read_options(struct jangle_redis_options *options)
{
    if (!options->prefix)
        options->prefix = "jangle:";
    if (options->lease_ms == 0)
        options->lease_ms = DEFAULT_LEASE_MS;
    if (strlen(options->prefix) >= JN_REDIS_PREFIX_SIZE)
        return "`prefix` is longer than 200 bytes";
    if (options->lease_ms < 1000 || options->lease_ms > 3600000)
        return "`lease_ms` is not between one second and one hour";
    if (options->length < 0)
        return "`length` is negative";
    if (options->replicas < 0 || options->replicas > 100)
        return "`replicas` is not between 0 and 100";
    return NULL;
}

/* ---- both ---------------------------------------------------------------------- */

static enum jangle_result read_all(struct jn_redis_settings *settings,
                                   struct jangle_error *error)
{
    const char *fault = read_options(&settings->options);
    const char *host;

    if (fault)
        return jangle_error_set(error, JANGLE_INVALID, "options of Redis: %s", fault);
    fault = read_url(settings);
    host = settings->host && *settings->host ? settings->host : NULL;
    if (fault)
        return jangle_error_set(error, JANGLE_INVALID, "the URL of Redis%s%s: %s",
                                host ? ", host " : "", host ? JN_SHOWN(80, host) : "",
                                fault);
    return JANGLE_OK;
}

enum jangle_result jn_redis_url_settings(struct jn_redis_settings *settings,
                                         const struct jangle_allocator *allocator,
                                         const struct jangle_broker *broker,
                                         struct jangle_error *error)
{
    enum jangle_result result;

    *settings = (struct jn_redis_settings){0};
    if (broker->options)
        settings->options = *(const struct jangle_redis_options *)broker->options;
    if (!broker->url)
        return jangle_error_set(error, JANGLE_INVALID,
                                "Redis has no URL: it is redis://HOST, for example");
    settings->text_size = strlen(broker->url) + 1;
    settings->text = jn_copy_text(allocator, broker->url);
    if (!settings->text)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a broker's URL");
    result = read_all(settings, error);
    if (result)
        jn_redis_url_finish(settings, allocator);
    return result;
}

void jn_redis_url_finish(struct jn_redis_settings *settings,
                         const struct jangle_allocator *allocator)
{
    volatile char *text = settings->text; /* or the compiler leaves the wiping out */

    for (size_t i = 0; text && i < settings->text_size; i++)
        text[i] = '\0';
    jn_free(allocator, settings->text);
    *settings = (struct jn_redis_settings){0};
}
