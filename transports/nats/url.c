/* url.c - the URLs of servers, and the options with their defaults. */
#include "nats/url.h"

#include <ctype.h>
#include <stdlib.h>

enum {
    DEFAULT_CONNECT_MS = 3000,
    DEFAULT_ACK_WAIT_MS = 30000,
    DEFAULT_DOUBLE_MS = 120000
};

/* ---- one URL ------------------------------------------------------------------- */

static char *skip_scheme(struct jn_nats_server *server)
{
    server->tls = strncmp(server->url, "tls://", 6) == 0;
    if (server->tls)
        return server->url + 6;
    return strncmp(server->url, "nats://", 7) == 0 ? server->url + 7 : NULL;
}

static bool is_port(const char *text)
{
    char *end;
    long port;

    if (*text < '0' || *text > '9')
        return false;
    port = strtol(text, &end, 10);
    return !*end && port > 0 && port < 65536;
}

/* host, host:port, [address] or [address]:port, to `host`, which has room. What is wrong,
 * or NULL. */
static const char *read_host(char *host, const char *text)
{
    size_t length = strcspn(text, *text == '[' ? "]" : ":");
    const char *rest = text + length;

    if (*text == '[') {
        if (*rest != ']')
            return "its address has no closing bracket";
        text++, length--, rest++;
    }
    memcpy(host, text, length);
    host[length] = '\0';
    if (!length)
        return "it has no host";
    if (!*rest || (*rest == ':' && is_port(rest + 1)))
        return NULL;
    return "its port is no number from 1 to 65535";
}

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
        int high = *text == '%' ? hexadecimal(text[1]) : -1;
        int low = high < 0 ? -1 : hexadecimal(text[2]);

        *to = *text;
        if (*text != '%')
            continue;
        if (low < 0 || high + low == 0)
            return false;
        *to = (char)(high * 16 + low);
        text += 2;
    }
    *to = '\0';
    return true;
}

static void wipe_text(volatile char *text, size_t size)
{
    for (size_t i = 0; text && i < size; i++)
        text[i] = '\0';
}

/* Not memset, because a compiler leaves out what it believes nobody sees. libnats reads
 * no %XX, so it is given user and password apart from the URL. */
static const char *read_login(struct jn_nats_server *server, char *text, char *at)
{
    size_t size = (size_t)(at - text), rest = strlen(at + 1);
    char *password;

    memcpy(server->login, text, size);
    server->login[size] = '\0';
    memmove(text, at + 1, rest + 1);
    wipe_text(text + rest, size + 1);
    password = strchr(server->login, ':');
    if (password)
        *password++ = '\0';
    server->user = server->login;
    server->password = password;
    if (decode_text(server->user) && (!password || decode_text(password)))
        return NULL;
    return "a % in its user or password is not followed by two hexadecimal digits";
}

/* What is wrong with the URL, or NULL. */
static const char *read_url(struct jn_nats_server *server)
{
    char *text = skip_scheme(server);
    char *at;

    if (!text)
        return "it does not begin with nats:// or tls:// (a comma parts two of them: in "
               "a password it is %2C)";
    at = strrchr(text, '@');
    if (at && at == text)
        return "there is nothing before its @";
    if (at) {
        const char *fault = read_login(server, text, at);

        if (fault)
            return fault;
    }
    if (strpbrk(text, "/?# \t"))
        return "something follows its host and port";
    return read_host(server->host, text);
}

static enum jangle_result add_server(struct jn_nats_settings *settings,
                                     const struct jangle_allocator *allocator,
                                     const char *url,
                                     struct jangle_error *error)
{
    struct jn_nats_server *server = &settings->servers[settings->server_count++];
    const char *fault;

    server->url = jn_copy_text(allocator, url);
    server->login_size = strlen(url) + 1;
    server->host = jn_new(allocator, server->login_size);
    server->login = jn_new(allocator, server->login_size);
    if (!server->url || !server->host || !server->login)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a broker's URL");
    fault = read_url(server);
    if (!fault)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "URL number %zu of the NATS broker: %s",
                            settings->server_count, fault);
}

const char *jn_nats_server_address(const struct jn_nats_server *server)
{
    return strstr(server->url, "://") + 3;
}

/* ---- options ------------------------------------------------------------------- */

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value ? value : otherwise;
}

/* What is wrong with the options, or NULL. */
static const char *options_fault(const struct jangle_nats_options *options)
{
    if (options->connect_ms < 1 || options->connect_ms > 20000)
        return "`connect_ms` is not between 1 and 20000";
    if (options->ack_wait_ms < 1000 || options->ack_wait_ms > 3600000)
        return "`ack_wait_ms` is not between one second and one hour";
    if (options->double_ms < 100 || options->double_ms > 86400000)
        return "`double_ms` is not between 100 ms and one day";
    if (options->max_bytes < 0)
        return "`max_bytes` is below zero";
    if (options->replicas < 1 || options->replicas > 5)
        return "`replicas` is not between 1 and 5";
    if (!options->cert_file != !options->key_file)
        return "`cert_file` and `key_file` belong together, and one of them is missing";
    return NULL;
}

static enum jangle_result check_options(struct jn_nats_settings *settings,
                                        struct jangle_error *error)
{
    struct jangle_nats_options *options = &settings->options;
    const char *fault;
    bool tls = false;

    options->connect_ms = or_default(options->connect_ms, DEFAULT_CONNECT_MS);
    options->ack_wait_ms = or_default(options->ack_wait_ms, DEFAULT_ACK_WAIT_MS);
    options->double_ms = or_default(options->double_ms, DEFAULT_DOUBLE_MS);
    options->replicas = options->replicas ? options->replicas : 1;
    fault = options_fault(options);
    for (size_t i = 0; i < settings->server_count; i++)
        tls = tls || settings->servers[i].tls;
    if (!fault && !tls && (options->ca_file || options->cert_file))
        fault = "there are files for TLS, and no URL begins with tls://";
    if (fault)
        return jangle_error_set(error, JANGLE_INVALID, "options of NATS: %s", fault);
    return JANGLE_OK;
}

/* ---- all ----------------------------------------------------------------------- */

static size_t count_parts(const char *url)
{
    size_t count = 1;

    while ((url = strchr(url, ',')))
        url++, count++;
    return count;
}

/* A text of one URL, or of several with commas between them. */
static enum jangle_result add_servers(struct jn_nats_settings *settings,
                                      const struct jangle_allocator *allocator,
                                      const char *urls,
                                      struct jangle_error *error)
{
    char *copy = jn_copy_text(allocator, urls), *part = copy, *next = copy;
    enum jangle_result result = JANGLE_OK;

    if (!copy)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a broker's URL");
    for (; !result && part; part = next) {
        next = strchr(part, ',');
        if (next)
            *next++ = '\0';
        result = add_server(settings, allocator, part, error);
    }
    wipe_text(copy, strlen(urls));
    jn_free(allocator, copy);
    return result;
}

static enum jangle_result read_all(struct jn_nats_settings *settings,
                                   const struct jangle_allocator *allocator,
                                   const char *url,
                                   struct jangle_error *error)
{
    const char *const *urls = settings->options.urls;
    enum jangle_result result;
    size_t count = count_parts(url);

    for (size_t i = 0; urls && urls[i]; i++)
        count += count_parts(urls[i]);
    settings->servers = jn_new(allocator, count * sizeof *settings->servers);
    if (!settings->servers)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for broker URLs");
    result = add_servers(settings, allocator, url, error);
    for (size_t i = 0; !result && urls && urls[i]; i++)
        result = add_servers(settings, allocator, urls[i], error);
    return result ? result : check_options(settings, error);
}

enum jangle_result jn_nats_settings_init(struct jn_nats_settings *settings,
                                         const struct jangle_allocator *allocator,
                                         const struct jangle_broker *broker,
                                         struct jangle_error *error)
{
    enum jangle_result result;

    *settings = (struct jn_nats_settings){0};
    if (broker->options)
        settings->options = *(const struct jangle_nats_options *)broker->options;
    if (!broker->url)
        return jangle_error_set(error, JANGLE_INVALID,
                                "the NATS broker has no URL: it is nats://HOST:4222");
    result = read_all(settings, allocator, broker->url, error);
    if (result)
        jn_nats_settings_finish(settings, allocator);
    return result;
}

void jn_nats_settings_finish(struct jn_nats_settings *settings,
                             const struct jangle_allocator *allocator)
{
    for (size_t i = 0; i < settings->server_count; i++) {
        wipe_text(settings->servers[i].login, settings->servers[i].login_size);
        jn_free(allocator, settings->servers[i].login);
        if (settings->servers[i].url) /* it may have been refused before it was read */
            wipe_text(settings->servers[i].url, strlen(settings->servers[i].url));
        jn_free(allocator, settings->servers[i].url);
        jn_free(allocator, settings->servers[i].host);
    }
    jn_free(allocator, settings->servers);
    *settings = (struct jn_nats_settings){0};
}
