/* nats_env.c - a broker as the environment describes it. */
#include "nats/memory.h"
#include "nats/url.h"

#include <stdlib.h>

static const char variable[] = "JANGLE_NATS_URL";

enum jangle_result jangle_nats_from_env(char url[JANGLE_NATS_URL_SIZE],
                                        struct jangle_error *error)
{
    const char *value = getenv(variable);
    struct jangle_broker broker = jangle_nats(value, NULL);
    struct jn_nats_settings settings;
    struct jangle_error fault = {0};
    enum jangle_result result;

    if (error)
        *error = (struct jangle_error){0};
    if (!value || !*value)
        return jangle_error_set(error, JANGLE_NOT_FOUND, "%s is not set", variable);
    if (strlen(value) >= JANGLE_NATS_URL_SIZE)
        return jangle_error_set(error, JANGLE_INVALID, "%s is longer than %d bytes",
                                variable, JANGLE_NATS_URL_SIZE - 1);
    result = jn_nats_settings_init(&settings, &jn_nats_system_memory, &broker, &fault);
    if (result)
        return jangle_error_set(error, result, "%s: %s", variable, fault.message);
    jn_nats_settings_finish(&settings, &jn_nats_system_memory);
    memcpy(url, value, strlen(value) + 1);
    return JANGLE_OK;
}
