/* url.c - the URLs of servers, and the options with their defaults. */
#include "nats/url.h"

#include <stdlib.h>

enum {
    DEFAULT_CONNECT_MS = 3000,
    DEFAULT_ACK_WAIT_MS = 30000,
    DEFAULT_DOUBLE_MS = 120000
};

/* ---- one URL ------------------------------------------------------------------- */

static const char *skip_scheme(struct jn_nats_server *server)
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

/* What is wrong with the URL, or NULL. */
static const char *read_url(struct jn_nats_server *server)
{
    const char *text = skip_scheme(server);
    const char *at;

    if (!text)
        return "it does not begin with nats:// or tls://";
    at = strrchr(text, '@');
    if (at && at == text)
        return "there is nothing before its @";
    text = at ? at + 1 : text;
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
    server->host = jn_new(allocator, strlen(url) + 1);
    if (!server->url || !server->host)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a broker's URL");
    fault = read_url(server);
    if (!fault)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "URL number %zu of the NATS broker: %s",
                            settings->server_count, fault);
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

static enum jangle_result read_all(struct jn_nats_settings *settings,
                                   const struct jangle_allocator *allocator,
                                   const char *url,
                                   struct jangle_error *error)
{
    const char *const *urls = settings->options.urls;
    enum jangle_result result;
    size_t more = 0;

    while (urls && urls[more])
        more++;
    settings->servers = jn_new(allocator, (1 + more) * sizeof *settings->servers);
    if (!settings->servers)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for broker URLs");
    result = add_server(settings, allocator, url, error);
    for (size_t i = 0; !result && i < more; i++)
        result = add_server(settings, allocator, urls[i], error);
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

/* Not memset, because a compiler leaves out what it believes nobody sees. */
static void wipe_text(volatile char *text)
{
    while (text && *text)
        *text++ = '\0';
}

void jn_nats_settings_finish(struct jn_nats_settings *settings,
                             const struct jangle_allocator *allocator)
{
    for (size_t i = 0; i < settings->server_count; i++) {
        wipe_text(settings->servers[i].url);
        jn_free(allocator, settings->servers[i].url);
        jn_free(allocator, settings->servers[i].host);
    }
    jn_free(allocator, settings->servers);
    *settings = (struct jn_nats_settings){0};
}
