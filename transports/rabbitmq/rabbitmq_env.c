/* rabbitmq_env.c - a broker as the environment describes it: under our own name, or under
 * those that petisco reads. */
#include "rabbitmq/memory.h"
#include "rabbitmq/url.h"

#include <jangle/plugin/url_text.h>

#include <errno.h>
#include <stdlib.h>

static const char own_url[] = "JANGLE_RABBITMQ_URL";

/* What petisco reads, and what it takes if that is not set. */
struct part {
    const char *variable;
    const char *otherwise;
};

enum { HOST, PORT, USER, PASSWORD, PARTS };

static const struct part parts[PARTS] = {[HOST] = {"RABBITMQ_HOST", "localhost"},
                                         [PORT] = {"RABBITMQ_PORT", "5672"},
                                         [USER] = {"RABBITMQ_USER", "guest"},
                                         [PASSWORD] = {"RABBITMQ_PASSWORD", "guest"}};

/* An empty variable counts as one that is not set. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* ---- numbers --------------------------------------------------------------------- */

static enum jangle_result read_number(const char *name,
                                      int64_t most,
                                      int64_t unit,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    const char *text = variable(name);
    char *end;
    long long read;

    if (!text)
        return JANGLE_OK;
    errno = 0;
    read = strtoll(text, &end, 10);
    if (errno || *end || read < 1 || read > most)
        return jangle_error_set(error, JANGLE_INVALID,
                                "%s is no whole number from 1 to %lld", name,
                                (long long)most);
    *number = read * unit;
    return JANGLE_OK;
}

/* ---- the URL of the parts --------------------------------------------------------- */

static const char *part_value(int part)
{
    const char *value = variable(parts[part].variable);

    return value ? value : parts[part].otherwise;
}

static enum jangle_result write_parts(char *url, struct jangle_error *error)
{
    struct jn_url_text text = {.text = url, .size = JANGLE_RABBITMQ_URL_SIZE};
    const char *host = part_value(HOST);
    bool address = strchr(host, ':');

    jn_url_put(&text, "amqp://");
    jn_url_put_encoded(&text, part_value(USER));
    jn_url_put(&text, ":");
    jn_url_put_encoded(&text, part_value(PASSWORD));
    jn_url_put(&text, "@");
    jn_url_put(&text, address ? "[" : "");
    jn_url_put(&text, host);
    jn_url_put(&text, address ? "]:" : ":");
    jn_url_put(&text, part_value(PORT));
    if (text.full)
        return jangle_error_set(error, JANGLE_INVALID,
                                "RABBITMQ_HOST, RABBITMQ_USER and RABBITMQ_PASSWORD are "
                                "too long for a URL of %d bytes",
                                JANGLE_RABBITMQ_URL_SIZE);
    return JANGLE_OK;
}

/* ---- both ------------------------------------------------------------------------ */

static bool part_agrees(int part, const struct jn_rabbit_host *host)
{
    const char *value = variable(parts[part].variable);
    const char *user = host->user ? host->user : parts[USER].otherwise;
    const char *password = host->user ? host->password : parts[PASSWORD].otherwise;

    if (!value)
        return true;
    switch (part) {
    case HOST:
        return strcmp(value, host->name) == 0;
    case PORT:
        return strtol(value, NULL, 10) == host->port;
    case USER:
        return strcmp(value, user) == 0;
    default:
        return strcmp(value, password) == 0;
    }
}

static enum jangle_result check_parts(const struct jn_rabbit_settings *settings,
                                      struct jangle_error *error)
{
    for (int part = 0; part < PARTS; part++)
        if (!part_agrees(part, &settings->hosts[0]))
            return jangle_error_set(error, JANGLE_INVALID,
                                    "%s and %s are both set, and differ", own_url,
                                    parts[part].variable);
    return JANGLE_OK;
}

/* Is the URL one that can be opened, and do the parts say the same? */
static enum jangle_result check_url(const char *url,
                                    const struct jangle_rabbitmq_options *options,
                                    struct jangle_error *error)
{
    struct jangle_broker broker = {.url = url, .options = options};
    struct jn_rabbit_settings settings;
    struct jangle_error fault = {0};
    enum jangle_result result =
        jn_rabbit_settings_init(&settings, &jn_rabbit_system_memory, &broker, &fault);

    if (result)
        return jangle_error_set(error, result, "%s: %s",
                                variable(own_url) ? own_url : parts[HOST].variable,
                                fault.message);
    result = check_parts(&settings, error);
    jn_rabbit_settings_finish(&settings, &jn_rabbit_system_memory);
    return result;
}

static bool any_is_set(void)
{
    bool any = variable(own_url) || variable("RABBITMQ_HEARTBEAT") ||
               variable("RABBITMQ_PREFETCH_COUNT");

    for (int part = 0; part < PARTS; part++)
        any = any || variable(parts[part].variable);
    return any;
}

static enum jangle_result write_url(char *url, struct jangle_error *error)
{
    const char *own = variable(own_url);

    if (!own)
        return write_parts(url, error);
    if (strlen(own) >= JANGLE_RABBITMQ_URL_SIZE)
        return jangle_error_set(error, JANGLE_INVALID, "%s is longer than %d bytes",
                                own_url, JANGLE_RABBITMQ_URL_SIZE - 1);
    memcpy(url, own, strlen(own) + 1);
    return JANGLE_OK;
}

enum jangle_result jangle_rabbitmq_from_env(char url[JANGLE_RABBITMQ_URL_SIZE],
                                            struct jangle_rabbitmq_options *options,
                                            struct jangle_error *error)
{
    int64_t port;
    enum jangle_result result;

    if (error)
        *error = (struct jangle_error){0};
    if (!any_is_set())
        return jangle_error_set(error, JANGLE_NOT_FOUND,
                                "neither %s nor RABBITMQ_HOST is set", own_url);
    result = read_number("RABBITMQ_PORT", 65535, 1, &port, error);
    if (result == JANGLE_OK)
        result =
            read_number("RABBITMQ_HEARTBEAT", 3600, 1000, &options->heartbeat_ms, error);
    if (result == JANGLE_OK)
        result =
            read_number("RABBITMQ_PREFETCH_COUNT", 65535, 1, &options->prefetch, error);
    if (result == JANGLE_OK)
        result = write_url(url, error);
    return result ? result : check_url(url, options, error);
}
