/* url.c - the URLs of brokers, and the options with their defaults. */
#include "rabbitmq/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    AMQP_PORT = 5672,
    AMQPS_PORT = 5671,
    DEFAULT_HEARTBEAT_MS = 20000,
    DEFAULT_PREFETCH = 512,
    DEFAULT_CONNECT_MS = 5000
};

/* Where systems keep whom they trust. librabbitmq has no default of its own. */
static const char *const trusted_files[] = {"/etc/ssl/certs/ca-certificates.crt",
                                            "/etc/pki/tls/certs/ca-bundle.crt",
                                            "/etc/ssl/cert.pem"};

static const char plain_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789-._%";

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

/* End a text before `separator` and return what follows; NULL if it is not there. */
static char *cut_at(char *separator)
{
    if (!separator)
        return NULL;
    *separator = '\0';
    return separator + 1;
}

static char *skip_scheme(struct jn_rabbit_host *host)
{
    if (strncmp(host->text, "amqp://", 7) == 0)
        return host->text + 7;
    if (strncmp(host->text, "amqps://", 8) != 0)
        return NULL;
    host->tls = true;
    return host->text + 8;
}

static bool read_port(struct jn_rabbit_host *host, const char *text)
{
    char *end;
    long port;

    host->port = host->tls ? AMQPS_PORT : AMQP_PORT;
    if (!text || !*text)
        return true;
    if (!isdigit((unsigned char)*text))
        return false;
    port = strtol(text, &end, 10);
    host->port = (int)port;
    return *end == '\0' && port > 0 && port < 65536;
}

/* host, host:port, [address] or [address]:port. What is wrong, or NULL. */
static const char *read_host(struct jn_rabbit_host *host, char *text)
{
    char *port = NULL;

    if (*text == '[') {
        char *end = strchr(++text, ']');

        if (!end || (end[1] && end[1] != ':'))
            return "its address has no closing bracket";
        *end = '\0';
        port = end[1] ? end + 2 : NULL;
    } else {
        port = cut_at(strchr(text, ':'));
    }
    host->name = text;
    if (!*text)
        return "it has no host";
    return read_port(host, port) ? NULL : "its port is no number from 1 to 65535";
}

static const char *read_user(struct jn_rabbit_host *host, char *text)
{
    char *password = cut_at(strchr(text, ':'));

    host->user = text;
    host->password = password ? password : "";
    if (!decode_text(text) || (password && !decode_text(password)))
        return "a % in its user or password is not followed by two hexadecimal digits";
    return NULL;
}

static const char *read_vhost(struct jn_rabbit_host *host, char *path)
{
    host->vhost = path && *path ? path : "/";
    if (!path)
        return NULL;
    if (path[strspn(path, plain_characters)])
        return "its vhost holds a character that must be written as %XX";
    return decode_text(path) ? NULL : "a % in its vhost is not followed by two digits";
}

/* What is wrong with the URL, or NULL. */
static const char *read_url(struct jn_rabbit_host *host)
{
    char *text = skip_scheme(host);
    const char *fault;
    char *path;
    char *at;

    if (!text)
        return "it does not begin with amqp:// or amqps://";
    path = cut_at(strchr(text, '/'));
    at = strrchr(text, '@');
    if (at) {
        *at = '\0';
        fault = read_user(host, text);
        text = at + 1;
        if (fault)
            return fault;
    }
    fault = read_host(host, text);
    return fault ? fault : read_vhost(host, path);
}

static enum jangle_result add_host(struct jn_rabbit_settings *settings,
                                   const struct jangle_allocator *allocator,
                                   const char *url,
                                   struct jangle_error *error)
{
    struct jn_rabbit_host *host = &settings->hosts[settings->host_count++];
    const char *fault;

    host->text_size = strlen(url) + 1;
    host->text = jn_copy_text(allocator, url);
    if (!host->text)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a broker's URL");
    fault = read_url(host);
    if (fault)
        return jangle_error_set(
            error, JANGLE_INVALID, "URL number %zu of the RabbitMQ broker%s%s: %s",
            settings->host_count, host->name && *host->name ? ", host " : "",
            host->name ? JN_SHOWN(80, host->name) : "", fault);
    return JANGLE_OK;
}

/* ---- options ------------------------------------------------------------------- */

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value ? value : otherwise;
}

/* What is wrong with the options, or NULL. */
static const char *options_fault(const struct jangle_rabbitmq_options *options)
{
    if (options->queues != JANGLE_RABBITMQ_QUORUM &&
        options->queues != JANGLE_RABBITMQ_CLASSIC)
        return "`queues` is neither QUORUM nor CLASSIC";
    if (options->heartbeat_ms < 1000 || options->heartbeat_ms > 3600000)
        return "`heartbeat_ms` is not between one second and one hour";
    if (options->prefetch < 1 || options->prefetch > UINT16_MAX)
        return "`prefetch` is not between 1 and 65535";
    if (options->connect_ms < 1 || options->connect_ms > 30000)
        return "`connect_ms` is not between 1 and 30000";
    if (!options->cert_file != !options->key_file)
        return "`cert_file` and `key_file` belong together, and one of them is missing";
    return NULL;
}

static const char *trusted_file(void)
{
    for (size_t i = 0; i < sizeof trusted_files / sizeof *trusted_files; i++)
        if (access(trusted_files[i], R_OK) == 0)
            return trusted_files[i];
    return NULL;
}

static enum jangle_result check_options(struct jn_rabbit_settings *settings,
                                        struct jangle_error *error)
{
    struct jangle_rabbitmq_options *options = &settings->options;
    const char *fault;
    bool tls = false;

    options->heartbeat_ms = or_default(options->heartbeat_ms, DEFAULT_HEARTBEAT_MS);
    options->prefetch = or_default(options->prefetch, DEFAULT_PREFETCH);
    options->connect_ms = or_default(options->connect_ms, DEFAULT_CONNECT_MS);
    fault = options_fault(options);
    for (size_t i = 0; i < settings->host_count; i++)
        tls = tls || settings->hosts[i].tls;
    if (!fault && tls && !options->ca_file && !(options->ca_file = trusted_file()))
        fault =
            "amqps needs `ca_file`, because this system has no file of those that "
            "it trusts";
    if (fault)
        return jangle_error_set(error, JANGLE_INVALID, "options of RabbitMQ: %s", fault);
    return JANGLE_OK;
}

/* ---- all ----------------------------------------------------------------------- */

static size_t url_count(const char *const *urls)
{
    size_t count = 0;

    while (urls && urls[count])
        count++;
    return count;
}

static enum jangle_result read_all(struct jn_rabbit_settings *settings,
                                   const struct jangle_allocator *allocator,
                                   const char *url,
                                   struct jangle_error *error)
{
    size_t more = url_count(settings->options.urls);
    enum jangle_result result;

    settings->hosts = jn_new(allocator, (1 + more) * sizeof *settings->hosts);
    if (!settings->hosts)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for broker URLs");
    result = add_host(settings, allocator, url, error);
    for (size_t i = 0; result == JANGLE_OK && i < more; i++)
        result = add_host(settings, allocator, settings->options.urls[i], error);
    return result ? result : check_options(settings, error);
}

enum jangle_result jn_rabbit_settings_init(struct jn_rabbit_settings *settings,
                                           const struct jangle_allocator *allocator,
                                           const struct jangle_broker *broker,
                                           struct jangle_error *error)
{
    enum jangle_result result;

    *settings = (struct jn_rabbit_settings){0};
    if (broker->options)
        settings->options = *(const struct jangle_rabbitmq_options *)broker->options;
    if (!broker->url)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "the RabbitMQ broker has no URL: it is amqp://HOST/VHOST");
    result = read_all(settings, allocator, broker->url, error);
    if (result)
        jn_rabbit_settings_finish(settings, allocator);
    return result;
}

/* Not memset, because a compiler leaves out what it believes nobody sees. */
static void wipe_text(volatile char *text, size_t size)
{
    while (size)
        text[--size] = '\0';
}

void jn_rabbit_settings_finish(struct jn_rabbit_settings *settings,
                               const struct jangle_allocator *allocator)
{
    for (size_t i = 0; i < settings->host_count; i++) {
        struct jn_rabbit_host *host = &settings->hosts[i];

        if (host->text)
            wipe_text(host->text, host->text_size);
        jn_free(allocator, host->text);
    }
    jn_free(allocator, settings->hosts);
    *settings = (struct jn_rabbit_settings){0};
}
