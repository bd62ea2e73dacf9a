/* config.c - every setting is a row of one table; the rest reads the table. */
#include "core/config.h"

#include "base/error.h"
#include "base/host.h"
#include "base/logger.h"
#include "core/call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KIB ((int64_t)1 << 10)
#define MIB ((int64_t)1 << 20)
#define GIB ((int64_t)1 << 30)

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define DAY    (24 * 60 * MINUTE)
#define YEAR   (366 * DAY)

#define FIELD(field)                                                                     \
    .name = #field, .offset = offsetof(struct jangle_config, field),                     \
    .size = sizeof(((struct jangle_config *)0)->field)

/* Zero in a configuration is the default. */
static const struct setting {
    const char *name;
    size_t offset;
    size_t size;              /* of an int, an int64_t, or a bool */
    const char *variable;     /* in the environment */
    const char *old_variable; /* its name in pyjangle, with or without JANGLE_; or NULL */
    int64_t old_unit;         /* that this one counts in ours; 0 is 1 */
    int64_t normal;           /* the default */
    int64_t least, most;
    bool or_none; /* -1 may be said, too */
    const char *sentence;
} settings[] = {
    {FIELD(workers), .variable = "JANGLE_WORKERS", .normal = 0, .least = 0, .most = 1024,
     .sentence = "Threads that poll; with 0 the program polls by itself."},
    {FIELD(follower), .variable = "JANGLE_FOLLOWER", .normal = 0, .least = 0, .most = 1,
     .sentence = "1: this process only reads and asks; another one does the rest."},
    {FIELD(conflict_retries), .variable = "JANGLE_CONFLICT_RETRIES", .normal = 10,
     .least = 1, .most = 1000000,
     .sentence = "How often a command is decided anew after another one won."},
    {FIELD(look_count), .variable = "JANGLE_LOOK_COUNT", .normal = 8, .least = 1,
     .most = 1000,
     .sentence = "Other aggregates that one command may look at (`jangle_state_of`)."},
    {FIELD(gather_us), .variable = "JANGLE_GATHER_US", .normal = 200, .least = 1,
     .most = 1000000, .sentence = "Microseconds that a commit waits for other commands."},
    {FIELD(group_count), .variable = "JANGLE_GROUP_COUNT", .normal = 256, .least = 1,
     .most = 65536, .sentence = "Commands in one commit, at most."},
    {FIELD(queue_limit), .variable = "JANGLE_QUEUE_LIMIT", .normal = 10000, .least = 1,
     .most = 10000000,
     .sentence = "Commands that may wait for a commit; one more is answered BUSY."},
    {FIELD(cache_count), .variable = "JANGLE_CACHE_COUNT", .normal = 10000, .least = 1,
     .most = 100000000, .or_none = true,
     .sentence = "Aggregates whose state is kept in memory; -1 for none."},
    {FIELD(cache_bytes), .variable = "JANGLE_CACHE_BYTES", .normal = 64 * MIB,
     .least = 4 * KIB, .most = 1024 * GIB,
     .sentence = "Memory that these states may take."},
    {FIELD(message_bytes), .variable = "JANGLE_MESSAGE_BYTES", .normal = MIB, .least = 64,
     .most = 512 * MIB, .sentence = "Bytes of one event as JSON, at most."},
    {FIELD(json_depth), .variable = "JANGLE_JSON_DEPTH", .normal = 64, .least = 1,
     .most = 1024, .sentence = "How deep JSON may be nested."},
    {FIELD(batch_count), .variable = "JANGLE_BATCH_COUNT", .old_variable = "BATCH_SIZE",
     .normal = 100, .least = 1, .most = 100000,
     .sentence = "Events that are read, and handled by a view, at a time."},
    {FIELD(dispatch_queue_count), .variable = "JANGLE_DISPATCH_QUEUE_COUNT",
     .old_variable = "EVENTS_READY_FOR_DISPATCH_QUEUE_SIZE", .normal = 200, .least = 1,
     .most = 10000000,
     .sentence = "Fresh events kept in memory for dispatch; older ones are read back."},
    {FIELD(retry.max_attempts), .variable = "JANGLE_RETRY_MAX_ATTEMPTS", .normal = 10,
     .least = 1, .most = 1000000, .or_none = true,
     .sentence = "Attempts at an event before it is a dead letter; -1 for no end."},
    {FIELD(retry.first_delay_ms), .variable = "JANGLE_RETRY_FIRST_DELAY_MS",
     .normal = SECOND, .least = 1, .most = YEAR,
     .sentence = "Longest wait before the second attempt; doubled each time."},
    {FIELD(retry.max_delay_ms), .variable = "JANGLE_RETRY_MAX_DELAY_MS",
     .normal = 5 * MINUTE, .least = 1, .most = YEAR,
     .sentence = "Longest wait before any attempt."},
    {FIELD(parked_limit), .variable = "JANGLE_PARKED_LIMIT", .normal = 10000, .least = 1,
     .most = 10000000,
     .sentence = "Keys that a subscriber may park before it is suspended."},
    {FIELD(checkpoint_interval_ms), .variable = "JANGLE_CHECKPOINT_INTERVAL_MS",
     .normal = 100, .least = 1, .most = DAY,
     .sentence = "Longest time that a subscriber's checkpoint stays unsaved."},
    {FIELD(retry_interval_ms), .variable = "JANGLE_RETRY_INTERVAL_MS",
     .old_variable = "FAILED_EVENTS_RETRY_INTERVAL", .old_unit = SECOND, .normal = SECOND,
     .least = 1, .most = DAY, .sentence = "Between looks at what is due again."},
    {FIELD(head_interval_ms), .variable = "JANGLE_HEAD_INTERVAL_MS", .normal = 50,
     .least = 1, .most = DAY,
     .sentence = "Between looks at what other processes have stored."},
    {FIELD(step_count), .variable = "JANGLE_STEP_COUNT", .normal = 1000, .least = 1,
     .most = 1000000, .sentence = "Steps that a saga may take."},
    {FIELD(saga_retry.max_attempts), .variable = "JANGLE_SAGA_RETRY_MAX_ATTEMPTS",
     .normal = 10, .least = 1, .most = 1000000, .or_none = true,
     .sentence = "Attempts at a saga's turn before it is parked; -1 for no end."},
    {FIELD(saga_retry.first_delay_ms), .variable = "JANGLE_SAGA_RETRY_FIRST_DELAY_MS",
     .old_variable = "SAGA_RETRY_INTERVAL", .old_unit = SECOND, .normal = 30 * SECOND,
     .least = 1, .most = YEAR,
     .sentence = "Longest wait before a turn's second attempt; doubled each time."},
    {FIELD(saga_retry.max_delay_ms), .variable = "JANGLE_SAGA_RETRY_MAX_DELAY_MS",
     .normal = 5 * MINUTE, .least = 1, .most = YEAR,
     .sentence = "Longest wait before any attempt at a turn."},
    {FIELD(ask_timeout_ms), .variable = "JANGLE_ASK_TIMEOUT_MS", .normal = 5 * SECOND,
     .least = 1, .most = DAY, .sentence = "That a query may take."},
    {FIELD(view_readers), .variable = "JANGLE_VIEW_READERS", .normal = 8, .least = 1,
     .most = 1000, .sentence = "Queries that one view answers at a time; others wait."},
    {FIELD(command_id_keep_ms), .variable = "JANGLE_COMMAND_ID_KEEP_MS", .normal = 0,
     .least = 0, .most = 100 * YEAR,
     .sentence = "How long the ids of stored commands are kept; 0 for ever."},
};

enum { SETTING_COUNT = sizeof settings / sizeof *settings, RANGE_SIZE = 64 };

static int64_t read_field(const struct jangle_config *config,
                          const struct setting *setting)
{
    const unsigned char *field = (const unsigned char *)config + setting->offset;
    int64_t value;
    int narrow;
    bool flag;

    if (setting->size == sizeof value) {
        memcpy(&value, field, sizeof value);
        return value;
    }
    if (setting->size == sizeof flag) {
        memcpy(&flag, field, sizeof flag);
        return flag;
    }
    memcpy(&narrow, field, sizeof narrow);
    return narrow;
}

/* The value is in range, and so fits. */
static void
write_field(struct jangle_config *config, const struct setting *setting, int64_t value)
{
    unsigned char *field = (unsigned char *)config + setting->offset;
    int narrow = (int)value;
    bool flag = value != 0;

    if (setting->size == sizeof value)
        memcpy(field, &value, sizeof value);
    else if (setting->size == sizeof flag)
        memcpy(field, &flag, sizeof flag);
    else
        memcpy(field, &narrow, sizeof narrow);
}

static bool is_allowed(const struct setting *setting, int64_t value)
{
    return (value >= setting->least && value <= setting->most) ||
           (setting->or_none && value == -1);
}

static const char *range_text(const struct setting *setting, char text[RANGE_SIZE])
{
    jn_text_format(text, RANGE_SIZE, "%" PRId64 "..%" PRId64 "%s", setting->least,
                   setting->most, setting->or_none ? ", or -1" : "");
    return text;
}

/* ---- completing -------------------------------------------------------------- */

static enum jangle_result check_delays(const struct jangle_retry *retry,
                                       const char *name,
                                       struct jangle_error *error)
{
    if (retry->first_delay_ms <= retry->max_delay_ms)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: first_delay_ms is %" PRId64
                   ", which is more than max_delay_ms, %" PRId64,
                   name, retry->first_delay_ms, retry->max_delay_ms);
}

enum jangle_result jn_config_complete(struct jangle_config *config,
                                      struct jangle_error *error)
{
    if (!config->storage.open)
        return jn_fail(error, JANGLE_INVALID,
                       "config.storage is not set: say jangle_sqlite(path), or "
                       "jangle_memory()");
    if (!config->host.allocator.resize != !config->host.allocator.free)
        return jn_fail(error, JANGLE_INVALID,
                       "config.host.allocator: give both resize and free, or neither");
    for (size_t at = 0; at < SETTING_COUNT; at++) {
        const struct setting *setting = &settings[at];
        int64_t value = read_field(config, setting);
        char range[RANGE_SIZE];

        if (!value)
            write_field(config, setting, setting->normal);
        else if (!is_allowed(setting, value))
            return jn_fail(error, JANGLE_INVALID, "config.%s: %" PRId64 " is not in %s",
                           setting->name, value, range_text(setting, range));
    }
    if (config->follower && config->workers)
        return jn_fail(error, JANGLE_INVALID,
                       "config.workers: %d is not 0, and a follower has no work for them",
                       config->workers);
    if (check_delays(&config->retry, "config.retry", error))
        return JANGLE_INVALID;
    return check_delays(&config->saga_retry, "config.saga_retry", error);
}

/* By way of a configuration of which only `retry` matters, so that one table rules. */
enum jangle_result jn_config_complete_retry(struct jangle_retry *retry,
                                            const struct jangle_retry *base,
                                            const char *name,
                                            struct jangle_error *error)
{
    struct jangle_config config = {.retry = *retry};
    char shown[80], range[RANGE_SIZE];

    if (!config.retry.max_attempts)
        config.retry.max_attempts = base->max_attempts;
    if (!config.retry.first_delay_ms)
        config.retry.first_delay_ms = base->first_delay_ms;
    if (!config.retry.max_delay_ms)
        config.retry.max_delay_ms = base->max_delay_ms;
    name = jn_text_show(shown, sizeof shown, name);
    for (size_t at = 0; at < SETTING_COUNT; at++) {
        int64_t value = read_field(&config, &settings[at]);

        if (strncmp(settings[at].name, "retry.", strlen("retry.")) == 0 &&
            !is_allowed(&settings[at], value))
            return jn_fail(error, JANGLE_INVALID, "%s: %s: %" PRId64 " is not in %s",
                           name, settings[at].name, value,
                           range_text(&settings[at], range));
    }
    if (check_delays(&config.retry, name, error))
        return JANGLE_INVALID;
    *retry = config.retry;
    return JANGLE_OK;
}

/* ---- the environment --------------------------------------------------------- */

enum { VARIABLE_SIZE = 64, SHOWN_SIZE = 60 };

static enum jangle_result read_number(const char *variable,
                                      const char *text,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    char shown[SHOWN_SIZE], *end;
    const char *digits = *text == '-' ? text + 1 : text;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (*digits < '0' || *digits > '9' || *end || errno)
        return jn_fail(error, JANGLE_INVALID, "%s: \"%s\" is not a whole number",
                       variable, jn_text_show(shown, sizeof shown, text));
    *number = value;
    return JANGLE_OK;
}

/* Reads one name of a setting. What an earlier one said, if `*given`, must be the same.
 */
static enum jangle_result read_variable(const struct setting *setting,
                                        const char *variable,
                                        int64_t unit,
                                        const char **given,
                                        int64_t *value,
                                        struct jangle_error *error)
{
    const char *text = getenv(variable);
    char range[RANGE_SIZE];
    int64_t said = 0;

    if (!text)
        return JANGLE_OK;
    if (read_number(variable, text, &said, error))
        return JANGLE_INVALID;
    if (said > INT64_MAX / unit || said < INT64_MIN / unit ||
        !is_allowed(setting, said * unit))
        return jn_fail(error, JANGLE_INVALID,
                       "%s: %" PRId64 "%s is not in %s, the range of %s", variable, said,
                       unit == SECOND ? " seconds" : "", range_text(setting, range),
                       setting->name);
    if (*given && *value != said * unit)
        return jn_fail(error, JANGLE_INVALID,
                       "%s and %s are both set, and differ: both are %s", *given,
                       variable, setting->name);
    *given = variable;
    *value = said * unit;
    return JANGLE_OK;
}

static enum jangle_result read_setting(struct jangle_config *config,
                                       const struct setting *setting,
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
        write_field(config, setting, value);
    return JANGLE_OK;
}

static const char *const PATHS[] = {"JANGLE_EVENT_STORE_PATH", "JANGLE_SAGA_STORE_PATH",
                                    "JANGLE_SNAPSHOTS_PATH"};

/* The environment's storage. pyjangle's three files are two here: a saga's step and its
 * command's events are one commit. */
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
        return jn_fail(error, JANGLE_INVALID,
                       "%s must be the same file as %s: sagas are kept with the events",
                       PATHS[1], PATHS[0]);
    if (snapshots)
        config->snapshot_storage = jangle_sqlite(snapshots);
    return JANGLE_OK;
}

static enum jangle_result
warn(const struct jangle_config *config, const char *variable, struct jangle_error *error)
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
                 "%s has no effect: events are retried by attempts, not by age",
                 variable);
    return JANGLE_OK;
}

/* pyjangle took an event for failed by its age; here attempts are counted. */
static enum jangle_result read_max_age(const struct jangle_config *config,
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
        if (warn(config, variables[at], error))
            return JANGLE_INVALID;
    }
    return JANGLE_OK;
}

static enum jangle_result read_environment(struct jangle_config *config,
                                           struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t at = 0; !result && at < SETTING_COUNT; at++)
        result = read_setting(config, &settings[at], error);
    if (!result)
        result = read_paths(config, error);
    return result ? result : read_max_age(config, error);
}

enum jangle_result jangle_config_from_env(struct jangle_config *config,
                                          struct jangle_error *error)
{
    struct jangle_config read = *config;
    struct jangle_error why = {0};
    enum jangle_result result = read_environment(&read, &why);

    if (!result)
        *config = read;
    return jn_call_end(NULL, "jangle_config_from_env", result, &why, error);
}

/* ---- the documentation ------------------------------------------------------- */

bool jn_config_describe(FILE *file)
{
    fputs(
        "| field | in the environment | default | range | what it is |\n"
        "|---|---|---|---|---|\n",
        file);
    for (size_t at = 0; at < SETTING_COUNT; at++) {
        const struct setting *setting = &settings[at];
        char range[RANGE_SIZE];

        fprintf(file, "| `%s` | `%s`", setting->name, setting->variable);
        if (setting->old_variable)
            fprintf(file, ", `%s`%s", setting->old_variable,
                    setting->old_unit == SECOND ? " (seconds)" : "");
        fprintf(file, " | %" PRId64 " | %s | %s |\n", setting->normal,
                range_text(setting, range), setting->sentence);
    }
    fprintf(file,
            "| `storage` | `%s` | | a path | The store, in SQLite. |\n"
            "| | `%s` | | the same path | Sagas are kept with the events. |\n"
            "| `snapshot_storage` | `%s` | the store | a path | A store of their own "
            "for snapshots. |\n"
            "| | `FAILED_EVENTS_MAX_AGE` | | | Accepted with a warning, and not used: "
            "see `retry.max_attempts`. |\n",
            PATHS[0], PATHS[1], PATHS[2]);
    return !ferror(file) && !fflush(file);
}
