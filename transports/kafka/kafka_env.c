/* kafka_env.c - a broker as the environment describes it. */
#include "kafka/memory.h"
#include "kafka/url.h"

#include <stdio.h>
#include <stdlib.h>

static const char variable[] = "JANGLE_KAFKA_BOOTSTRAP";

static enum jangle_result check_url(const char *url, struct jangle_error *error)
{
    struct jangle_error fault = {0};
    struct jn_kafka_url parts;
    enum jangle_result result =
        jn_kafka_url_init(&parts, &jn_kafka_system_memory, url, &fault);

    jn_kafka_url_finish(&parts, &jn_kafka_system_memory);
    if (!result)
        return JANGLE_OK;
    return jangle_error_set(error, result, "%s: %s", variable, fault.message);
}

/* An empty variable counts as one that is not set. */
enum jangle_result jangle_kafka_from_env(char url[JANGLE_KAFKA_URL_SIZE],
                                         struct jangle_error *error)
{
    const char *value = getenv(variable);
    const char *scheme;
    int length;

    if (error)
        *error = (struct jangle_error){0};
    if (!value || !*value)
        return jangle_error_set(error, JANGLE_NOT_FOUND, "%s is not set", variable);
    scheme = strstr(value, "://") ? "" : "kafka://";
    length = snprintf(url, JANGLE_KAFKA_URL_SIZE, "%s%s", scheme, value);
    if (length < 0 || length >= JANGLE_KAFKA_URL_SIZE)
        return jangle_error_set(error, JANGLE_INVALID, "%s is longer than %d bytes",
                                variable, JANGLE_KAFKA_URL_SIZE - 1);
    return check_url(url, error);
}
