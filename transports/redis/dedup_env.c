/* dedup_env.c - a dedup as the environment describes it: under our own names, or under
 * those that Melange reads. */
#include "redis/memory.h"
#include "redis/url.h"

#include <jangle/plugin/url_text.h>

#include <stdlib.h>

static const char own_url[] = "JANGLE_REDIS_DEDUP_URL";
static const char own_scope[] = "JANGLE_REDIS_DEDUP_SCOPE";
static const char their_scope[] = "CACHE_NAMESPACE";

enum { HOST, PORT, DATABASE, PASSWORD, PARTS };

static const char *const parts[PARTS] = {[HOST] = "CACHE_REDIS_HOST",
                                         [PORT] = "CACHE_REDIS_PORT",
                                         [DATABASE] = "CACHE_REDIS_DB",
                                         [PASSWORD] = "CACHE_REDIS_PASSWORD"};

/* An empty variable counts as one that is not set. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* The first part that is set; NULL: none is. */
static const char *part_that_is_set(void)
{
    for (int part = 0; part < PARTS; part++)
        if (variable(parts[part]))
            return parts[part];
    return NULL;
}

/* ---- the URL of the parts --------------------------------------------------------- */

/* What would be another part of the URL is no host and no number. */
static enum jangle_result check_parts(struct jangle_error *error)
{
    static const char digits[] = "0123456789";
    const char *host = variable(parts[HOST]);

    if (host && strpbrk(host, "@/?#%[] "))
        return jangle_error_set(error, JANGLE_INVALID,
                                "%s is neither a host's name nor its address",
                                parts[HOST]);
    for (int part = PORT; part <= DATABASE; part++) {
        const char *value = variable(parts[part]);

        if (value && value[strspn(value, digits)])
            return jangle_error_set(error, JANGLE_INVALID, "%s is no whole number",
                                    parts[part]);
    }
    return JANGLE_OK;
}

static enum jangle_result write_parts(char *url, struct jangle_error *error)
{
    struct jn_url_text text = {.text = url, .size = JANGLE_REDIS_URL_SIZE};
    const char *host = variable(parts[HOST]), *port = variable(parts[PORT]);
    const char *database = variable(parts[DATABASE]);
    const char *password = variable(parts[PASSWORD]);
    bool address = host && strchr(host, ':');

    jn_url_put(&text, "redis://");
    if (password) {
        jn_url_put(&text, ":");
        jn_url_put_encoded(&text, password);
        jn_url_put(&text, "@");
    }
    jn_url_put(&text, address ? "[" : "");
    jn_url_put(&text, host ? host : "localhost");
    jn_url_put(&text, address ? "]" : "");
    jn_url_put(&text, port ? ":" : "");
    jn_url_put(&text, port ? port : "");
    jn_url_put(&text, "/");
    jn_url_put(&text, database ? database : "0");
    return text.full
               ? jangle_error_set(error, JANGLE_INVALID,
                                  "%s and %s are too long for a URL of %d bytes",
                                  parts[HOST], parts[PASSWORD], JANGLE_REDIS_URL_SIZE)
               : JANGLE_OK;
}

/* ---- all of it -------------------------------------------------------------------- */

/* Two that say the same thing would differ one day. */
static enum jangle_result
refuse_both(const char *own, const char *theirs, struct jangle_error *error)
{
    if (!variable(own) || !theirs || !variable(theirs))
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "%s and %s are both set: set one of them", own, theirs);
}

static enum jangle_result read_url(char url[JANGLE_REDIS_URL_SIZE],
                                   struct jangle_error *error)
{
    const char *own = variable(own_url), *part = part_that_is_set();
    enum jangle_result result = refuse_both(own_url, part, error);

    if (result)
        return result;
    if (!own && !part)
        return jangle_error_set(error, JANGLE_NOT_FOUND, "neither %s nor %s is set",
                                own_url, parts[HOST]);
    if (!own)
        return check_parts(error) ? JANGLE_INVALID : write_parts(url, error);
    if (strlen(own) >= JANGLE_REDIS_URL_SIZE)
        return jangle_error_set(error, JANGLE_INVALID, "%s is longer than %d bytes",
                                own_url, JANGLE_REDIS_URL_SIZE - 1);
    memcpy(url, own, strlen(own) + 1);
    return JANGLE_OK;
}

static enum jangle_result check_url(const char *url, struct jangle_error *error)
{
    struct jangle_broker broker = {.url = url};
    struct jn_redis_settings settings;
    struct jangle_error fault = {0};
    enum jangle_result result =
        jn_redis_url_settings(&settings, &jn_redis_memory_system, &broker, &fault);

    if (result)
        return jangle_error_set(error, result, "%s: %s",
                                variable(own_url) ? own_url : "CACHE_REDIS_...",
                                fault.message);
    jn_redis_url_finish(&settings, &jn_redis_memory_system);
    return JANGLE_OK;
}

static enum jangle_result read_scope(struct jangle_redis_dedup_texts *texts,
                                     struct jangle_error *error)
{
    const char *name = variable(own_scope) ? own_scope : their_scope;
    const char *scope = variable(name) ? variable(name) : "jangle";

    if (refuse_both(own_scope, their_scope, error))
        return JANGLE_INVALID;
    if (strlen(scope) >= sizeof texts->scope)
        return jangle_error_set(error, JANGLE_INVALID, "%s is longer than %zu bytes",
                                name, sizeof texts->scope - 1);
    memcpy(texts->scope, scope, strlen(scope) + 1);
    return JANGLE_OK;
}

enum jangle_result jangle_redis_dedup_from_env(struct jangle_redis_dedup_texts *texts,
                                               struct jangle_deduplication *dedup,
                                               struct jangle_error *error)
{
    enum jangle_result result;

    if (error)
        *error = (struct jangle_error){0};
    result = read_url(texts->url, error);
    if (!result)
        result = check_url(texts->url, error);
    if (!result)
        result = read_scope(texts, error);
    if (result)
        return result;
    *dedup = jangle_redis_dedup(texts->url);
    dedup->scope = texts->scope;
    return JANGLE_OK;
}
