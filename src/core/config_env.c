/* config_env.c - settings from the environment: under jangle's names, and under the names
 * of PyJangle, jangle's predecessor in Python. */
#include "base/error.h"
#include "base/host.h"
#include "base/logger.h"
#include "core/call.h"
#include "core/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLE_SIZE = 64, SHOWN_SIZE = 60 };

/* ---- numbers ----------------------------------------------------------------- */

/* Nothing but digits, perhaps after a minus: strtoll alone would take spaces and a plus,
 * too. */
static enum jangle_result read_number(const char *variable,
                                      const char *text,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    char *end;
    const char *digits = *text == '-' ? text + 1 : text;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (*digits < '0' || *digits > '9' || *end || errno)
        return jn_fail(error, JANGLE_INVALID, "%s: \"%s\" is not a whole number",
                       variable, JN_SHOWN(SHOWN_SIZE, text));
    *number = value;
    return JANGLE_OK;
}

/* Reads one name of a setting. If another name of the setting was `*given` before, both
 * must have the same value. */
static enum jangle_result read_variable(const struct jn_setting *setting,
                                        const char *variable,
                                        int64_t unit,
                                        const char **given,
                                        int64_t *value,
                                        struct jangle_error *error)
{
    const char *text = getenv(variable);
    char range[JN_RANGE_SIZE];
    int64_t said = 0;

    if (!text)
        return JANGLE_OK;
    if (read_number(variable, text, &said, error))
        return JANGLE_INVALID;
    if (said > INT64_MAX / unit || said < INT64_MIN / unit ||
        !jn_setting_allows(setting, said * unit))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: %" PRId64 "%s is not in %s, the range of %s", variable, said,
                       unit == JN_SECOND_MS ? " seconds" : "",
                       jn_setting_range(setting, unit, range), setting->name);
    if (*given && *value != said * unit)
        return jn_fail(error, JANGLE_INVALID,
                       "%s and %s both set %s, to different values: unset one", *given,
                       variable, setting->name);
    *given = variable;
    *value = said * unit;
    return JANGLE_OK;
}

/* Up to three names of one setting: jangle's, and PyJangle's with and without JANGLE_. */
static enum jangle_result read_setting(struct jangle_config *config,
                                       const struct jn_setting *setting,
                                       struct jangle_error *error)
{
    int64_t value = 0, unit = setting->old_unit ? setting->old_unit : 1;
    char prefixed[VARIABLE_SIZE];
    const char *given = NULL;

    if (read_variable(setting, setting->variable, 1, &given, &value, error))
        return JANGLE_INVALID;
    if (setting->old_variable) {
        jn_text_format(prefixed, sizeof prefixed, "JANGLE_%s", setting->old_variable);
        if (read_variable(setting, prefixed, unit, &given, &value, error) ||
            read_variable(setting, setting->old_variable, unit, &given, &value, error))
            return JANGLE_INVALID;
    }
    if (given)
        jn_setting_write(config, setting, value);
    return JANGLE_OK;
}

/* ---- paths -------------------------------------------------------------------- */

static const char *const PATHS[] = {JN_EVENT_STORE_VARIABLE, JN_SAGA_STORE_VARIABLE,
                                    JN_SNAPSHOTS_VARIABLE};

/* PyJangle has a file for sagas. jangle keeps them in the file of the events, because a
 * saga's step and the events of its command are one commit. */
static enum jangle_result read_paths(struct jangle_config *config,
                                     struct jangle_error *error)
{
    const char *events = getenv(PATHS[0]), *sagas = getenv(PATHS[1]);
    const char *snapshots = getenv(PATHS[2]);

    for (size_t at = 0; at < sizeof PATHS / sizeof *PATHS; at++) {
        const char *path = getenv(PATHS[at]);

        if (path && !*path)
            return jn_fail(error, JANGLE_INVALID, "%s is empty: give a path, or unset it",
                           PATHS[at]);
    }
    if (events)
        config->storage = jangle_sqlite(events);
    if (sagas && (!config->storage.location || strcmp(sagas, config->storage.location)))
        return jn_fail(
            error, JANGLE_INVALID,
            "%s must be the same path, letter for letter, as the store's "
            "(config.storage, or %s), because sagas are kept in the store's file",
            PATHS[1], PATHS[0]);
    if (snapshots)
        config->snapshot_storage = jangle_sqlite(snapshots);
    return JANGLE_OK;
}

/* ---- texts -------------------------------------------------------------------- */

static enum jangle_result
read_name(const char *variable, const char **name, struct jangle_error *error)
{
    const char *given = getenv(variable);

    if (!given)
        return JANGLE_OK;
    if (!*given)
        return jn_fail(error, JANGLE_INVALID,
                       "%s is empty: give a name for this program, or unset it",
                       variable);
    *name = given;
    return JANGLE_OK;
}

static enum jangle_result read_names(struct jangle_config *config,
                                     struct jangle_error *error)
{
    enum jangle_result result = read_name(JN_SOURCE_VARIABLE, &config->source, error);

    return result ? result : read_name(JN_PROGRAM_VARIABLE, &config->program, error);
}

/* ---- a variable without effect ------------------------------------------------ */

/* No instance is open yet, so the logger of the configuration gets the line: always as a
 * warning, unless log_levels turn the topic off. */
static enum jangle_result warn_of_variable(const struct jangle_config *config,
                                           const char *variable,
                                           struct jangle_error *error)
{
    const struct jangle_clock *clock =
        config->host.clock.now ? &config->host.clock : &jn_clock_system;
    struct jn_log log;

    if (jn_log_init(&log, &config->host.logger, clock, &config->log_levels, error))
        return JANGLE_INVALID;
    if (!jn_log_wants(&log, JANGLE_LOG_OPENED))
        return JANGLE_OK;
    log.levels[JANGLE_LOG_OPENED] = JANGLE_LEVEL_WARNING;
    jn_log_write(&log, JANGLE_LOG_OPENED, JN_PAIRS(JN_TEXT("variable", variable)),
                 "%s has no effect: jangle gives an event up after retry.max_attempts "
                 "attempts, not at an age",
                 variable);
    return JANGLE_OK;
}

/* PyJangle gave an event up by its age; jangle counts attempts. */
static enum jangle_result warn_of_max_age(const struct jangle_config *config,
                                          struct jangle_error *error)
{
    static const char *const variables[] = {"JANGLE_FAILED_EVENTS_MAX_AGE",
                                            "FAILED_EVENTS_MAX_AGE"};

    for (size_t at = 0; at < sizeof variables / sizeof *variables; at++) {
        const char *text = getenv(variables[at]);
        int64_t seconds;

        if (!text)
            continue;
        if (read_number(variables[at], text, &seconds, error))
            return JANGLE_INVALID;
        if (warn_of_variable(config, variables[at], error))
            return JANGLE_INVALID;
    }
    return JANGLE_OK;
}

/* ---- all of it ---------------------------------------------------------------- */

enum jangle_result jangle_config_from_env(struct jangle_config *config,
                                          struct jangle_error *error)
{
    struct jangle_config read = *config;
    struct jangle_error why = {0};
    enum jangle_result result = JANGLE_OK;

    for (size_t at = 0; !result && jn_setting_at(at); at++)
        result = read_setting(&read, jn_setting_at(at), &why);
    if (!result)
        result = read_paths(&read, &why);
    if (!result)
        result = read_names(&read, &why);
    if (!result)
        result = warn_of_max_age(&read, &why);
    if (!result)
        *config = read;
    return jn_call_end(NULL, "jangle_config_from_env", result, &why, error);
}
