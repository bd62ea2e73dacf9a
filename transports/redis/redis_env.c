/* redis_env.c - a broker as the environment describes it. */
#include "redis/memory.h"
#include "redis/url.h"

#include <stdlib.h>

static const char variable[] = "JANGLE_REDIS_URL";

enum jangle_result jangle_redis_from_env(char url[JANGLE_REDIS_URL_SIZE],
                                         struct jangle_error *error)
{
    const char *value = getenv(variable);
    struct jangle_broker broker = {.url = value};
    struct jn_redis_settings settings;
    struct jangle_error fault = {0};
    enum jangle_result result;

    if (error)
        *error = (struct jangle_error){0};
    if (!value || !*value)
        return jangle_error_set(error, JANGLE_NOT_FOUND, "%s is not set", variable);
    if (strlen(value) >= JANGLE_REDIS_URL_SIZE)
        return jangle_error_set(error, JANGLE_INVALID, "%s is longer than %d bytes",
                                variable, JANGLE_REDIS_URL_SIZE - 1);
    result = jn_redis_url_settings(&settings, &jn_redis_memory_system, &broker, &fault);
    if (result)
        return jangle_error_set(error, result, "%s: %s", variable, fault.message);
    jn_redis_url_finish(&settings, &jn_redis_memory_system);
    memcpy(url, value, strlen(value) + 1);
    return JANGLE_OK;
}
