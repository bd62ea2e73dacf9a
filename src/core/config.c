/* config.c - every setting is a row of one table, from which defaults, ranges and the
 * documentation come. */
#include "core/config.h"

#include "base/error.h"
#include "base/utf8.h"

#include <jangle/plugin/support.h>

#include <inttypes.h>
#include <string.h>

#define MIB ((int64_t)1 << 20)

#define SECOND ((int64_t)JN_SECOND_MS)
#define MINUTE (60 * SECOND)
#define DAY    (24 * 60 * MINUTE)
#define YEAR   (366 * DAY)

/* A member of struct jangle_config, also one of a struct inside: .name is what errors
 * say. */
#define FIELD(field)                                                                     \
    .name = #field, .offset = offsetof(struct jangle_config, field),                     \
    .size = sizeof(((struct jangle_config *)0)->field)

static const struct jn_setting settings[] = {
    {FIELD(workers), .variable = "JANGLE_WORKERS", .normal = 0, .least = 0, .most = 1024,
     .sentence = "Threads that poll; with 0 the program polls by itself."},
    {FIELD(follower), .variable = "JANGLE_FOLLOWER", .normal = 0, .least = 0, .most = 1,
     .sentence = "1: this process only reads and asks; another one does the rest."},
    {FIELD(conflict_retries), .variable = "JANGLE_CONFLICT_RETRIES", .normal = 10,
     .least = 1, .most = 1000000,
     .sentence =
         "How often a command is decided again after another command was stored first."},
    {FIELD(cache_count), .variable = "JANGLE_CACHE_COUNT", .normal = 10000, .least = 1,
     .most = 100000000, .or_none = true,
     .sentence = "Aggregates that are kept in memory between commands; -1: none."},
    {FIELD(cache_bytes), .variable = "JANGLE_CACHE_BYTES", .normal = 64 * MIB,
     .least = 64 * 1024, .most = 1024 * 1024 * MIB,
     .sentence = "Bytes that these aggregates may take in memory. One that takes more "
                 "than an eighth of them is not kept."},
    {FIELD(look_count), .variable = "JANGLE_LOOK_COUNT", .normal = 8, .least = 1,
     .most = 1000,
     .sentence = "Other aggregates that one command may look at (`jangle_state_of`)."},
    {FIELD(group_count), .variable = "JANGLE_GROUP_COUNT", .normal = 256, .least = 1,
     .most = 65536, .sentence = "Commands in one commit, at most."},
    {FIELD(group_bytes), .variable = "JANGLE_GROUP_BYTES", .normal = MIB, .least = 1,
     .most = 1024 * MIB,
     .sentence =
         "Bytes of events in one commit, at most; a command that has more is "
         "committed alone. The last message in a consumer's commit may exceed it."},
    {FIELD(chain_count), .variable = "JANGLE_CHAIN_COUNT", .normal = 256, .least = 1,
     .most = 65536,
     .sentence =
         "Commands for one aggregate that one of their threads decides and commits "
         "for all, at most; never more than `group_count`. 1: each thread does so "
         "for its own."},
    {FIELD(gather_us), .variable = "JANGLE_GATHER_US", .normal = 200, .least = 1,
     .most = 1000000, .or_none = true,
     .sentence = "Microseconds that a commit waits, at most, for the senders of the one "
                 "before it; never longer than that one took. -1: it never waits."},
    {FIELD(queue_limit), .variable = "JANGLE_QUEUE_LIMIT", .normal = 10000, .least = 1,
     .most = 10000000,
     .sentence = "Commands that may wait for a commit; one more is BUSY. Commands that "
                 "wait for their aggregate do not count."},
    {FIELD(message_bytes), .variable = "JANGLE_MESSAGE_BYTES", .normal = MIB, .least = 64,
     .most = 512 * MIB, .sentence = "Bytes of one event as JSON, at most."},
    {FIELD(json_depth), .variable = "JANGLE_JSON_DEPTH", .normal = 64, .least = 1,
     .most = 1024, .sentence = "How deep JSON may be nested."},
    {FIELD(batch_count), .variable = "JANGLE_BATCH_COUNT", .old_variable = "BATCH_SIZE",
     .normal = 100, .least = 1, .most = 100000,
     .sentence = "Events that are read, and handled by a view, at a time."},
    {FIELD(view_gather_us), .variable = "JANGLE_VIEW_GATHER_US", .normal = 2000,
     .least = 1, .most = 1000000, .or_none = true,
     .sentence = "Microseconds that a view waits, at most, for more events, while events "
                 "come; not if somebody in this process waits for the view. -1: it "
                 "never waits."},
    {FIELD(dispatch_queue_count), .variable = "JANGLE_DISPATCH_QUEUE_COUNT",
     .old_variable = "EVENTS_READY_FOR_DISPATCH_QUEUE_SIZE", .normal = 200, .least = 1,
     .most = 10000000,
     .sentence = "Fresh events kept in memory for dispatch; older ones are read back."},
    {FIELD(retry.max_attempts), .variable = "JANGLE_RETRY_MAX_ATTEMPTS", .normal = 10,
     .least = 1, .most = 1000000, .or_none = true,
     .sentence = "Attempts at an event before it is a dead letter; -1: never, except "
                 "that an event which ends the process is given up after 10."},
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
     .sentence = "Longest time that a subscriber's checkpoint stays unsaved, or the end "
                 "of a saga's turn."},
    {FIELD(retry_interval_ms), .variable = "JANGLE_RETRY_INTERVAL_MS",
     .old_variable = "FAILED_EVENTS_RETRY_INTERVAL", .old_unit = SECOND, .normal = SECOND,
     .least = 1, .most = DAY,
     .sentence = "Longest sleep of a worker, which is never more than 1000; and how long "
                 "a saga's timeouts pause after the record of one could not be read. A "
                 "retry is due at its own time."},
    {FIELD(head_interval_ms), .variable = "JANGLE_HEAD_INTERVAL_MS", .normal = 50,
     .least = 1, .most = DAY,
     .sentence = "How often events of other processes are looked for."},
    {FIELD(step_count), .variable = "JANGLE_STEP_COUNT", .normal = 1000, .least = 1,
     .most = 1000000, .sentence = "Recorded steps of one saga, at most."},
    {FIELD(saga_retry.max_attempts), .variable = "JANGLE_SAGA_RETRY_MAX_ATTEMPTS",
     .normal = 10, .least = 1, .most = 1000000, .or_none = true,
     .sentence = "Attempts at a saga's turn before its event is a dead letter; -1: "
                 "never, except that an event which ends the process is given up after "
                 "10."},
    {FIELD(saga_retry.first_delay_ms), .variable = "JANGLE_SAGA_RETRY_FIRST_DELAY_MS",
     .old_variable = "SAGA_RETRY_INTERVAL", .old_unit = SECOND, .normal = 30 * SECOND,
     .least = 1, .most = YEAR,
     .sentence = "Longest wait before a turn's second attempt; doubled each time."},
    {FIELD(saga_retry.max_delay_ms), .variable = "JANGLE_SAGA_RETRY_MAX_DELAY_MS",
     .normal = 5 * MINUTE, .least = 1, .most = YEAR,
     .sentence = "Longest wait before any attempt at a turn."},
    {FIELD(ask_timeout_ms), .variable = "JANGLE_ASK_TIMEOUT_MS", .normal = 5 * SECOND,
     .least = 1, .most = DAY, .sentence = "Longest time that a query may take."},
    {FIELD(view_readers), .variable = "JANGLE_VIEW_READERS", .normal = 8, .least = 1,
     .most = 1000, .sentence = "Queries that one view answers at a time; others wait."},
    {FIELD(command_id_keep_ms), .variable = "JANGLE_COMMAND_ID_KEEP_MS", .normal = 0,
     .least = 0, .most = 100 * YEAR,
     .sentence = "How long the ids of stored commands are kept; 0: without end."},
    {FIELD(publish_count), .variable = "JANGLE_PUBLISH_COUNT", .normal = 1024, .least = 1,
     .most = 65536,
     .sentence = "Messages of one publisher that are under way at the same time."},
    {FIELD(receive_count), .variable = "JANGLE_RECEIVE_COUNT", .normal = 256, .least = 1,
     .most = 65536,
     .sentence = "Messages that a consumer takes at a time, but never more than "
                 "`group_count`."},
    {FIELD(receive_bytes), .variable = "JANGLE_RECEIVE_BYTES", .normal = 16 * MIB,
     .least = 1, .most = 1024 * MIB,
     .sentence = "Bytes of these messages, except that one message may be larger."},
    {FIELD(confirm_timeout_ms), .variable = "JANGLE_CONFIRM_TIMEOUT_MS",
     .normal = 30 * SECOND, .least = 1, .most = 30 * SECOND,
     .sentence = "How long a broker may take to confirm what was published."},
    {FIELD(reconnect.first_delay_ms), .variable = "JANGLE_RECONNECT_FIRST_DELAY_MS",
     .normal = 100, .least = 1, .most = DAY,
     .sentence = "Longest wait before a broker that is away is called again; doubled "
                 "each time."},
    {FIELD(reconnect.max_delay_ms), .variable = "JANGLE_RECONNECT_MAX_DELAY_MS",
     .normal = 30 * SECOND, .least = 1, .most = DAY,
     .sentence = "Longest wait before any such call."},
};

enum { PROGRAM_MAX = 64 }; /* bytes of its name */

enum { SETTING_COUNT = sizeof settings / sizeof *settings };

const struct jn_setting *jn_setting_at(size_t index)
{
    return index < SETTING_COUNT ? &settings[index] : NULL;
}

/* Members are of three types, which their sizes tell apart. memcpy is what reads a member
 * of a struct that is known by its offset only. */
static int64_t read_field(const struct jangle_config *config,
                          const struct jn_setting *setting)
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

void jn_setting_write(struct jangle_config *config,
                      const struct jn_setting *setting,
                      int64_t value)
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

bool jn_setting_allows(const struct jn_setting *setting, int64_t value)
{
    return (value >= setting->least && value <= setting->most) ||
           (setting->or_none && value == -1);
}

/* The smallest value is rounded up and the largest down, so that both are allowed. */
const char *
jn_setting_range(const struct jn_setting *setting, int64_t unit, char text[JN_RANGE_SIZE])
{
    jn_text_format(text, JN_RANGE_SIZE, "%" PRId64 "..%" PRId64 "%s%s",
                   (setting->least + unit - 1) / unit, setting->most / unit,
                   unit == JN_SECOND_MS ? " seconds" : "",
                   setting->or_none ? ", or -1" : "");
    return text;
}

/* ---- completing -------------------------------------------------------------- */

/* What one row of the table cannot check: two settings that must fit together. */
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

static enum jangle_result check_program(const char *program, struct jangle_error *error)
{
    size_t size = program ? strnlen(program, PROGRAM_MAX + 1) : 1;

    if (size && size <= PROGRAM_MAX && (!program || jn_utf8_is_valid(program, size)))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID, "config.program is not 1 to %d bytes of UTF-8",
                   (int)PROGRAM_MAX);
}

/* Twice is fine: what was filled in is in range. */
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
        const struct jn_setting *setting = &settings[at];
        int64_t value = read_field(config, setting);
        char range[JN_RANGE_SIZE];

        if (!value)
            jn_setting_write(config, setting, setting->normal);
        else if (!jn_setting_allows(setting, value))
            return jn_fail(error, JANGLE_INVALID, "config.%s: %" PRId64 " is not in %s",
                           setting->name, value, jn_setting_range(setting, 1, range));
    }
    if (config->follower && config->workers)
        return jn_fail(error, JANGLE_INVALID,
                       "config.workers: %d is not 0, and a follower has no work for them",
                       config->workers);
    if (check_delays(&config->retry, "config.retry", error))
        return JANGLE_INVALID;
    if (check_delays(&config->saga_retry, "config.saga_retry", error))
        return JANGLE_INVALID;
    if (check_delays(&config->reconnect, "config.reconnect", error))
        return JANGLE_INVALID;
    return check_program(config->program, error);
}

/* The policy is put into a configuration, so that the ranges of the one table are
 * checked. */
enum jangle_result jn_config_complete_retry(struct jangle_retry *retry,
                                            const struct jangle_retry *base,
                                            const char *name,
                                            struct jangle_error *error)
{
    struct jangle_config config = {.retry = *retry}, normal = {.retry = *base};
    char range[JN_RANGE_SIZE];

    name = JN_SHOWN(80, name);
    for (size_t at = 0; at < SETTING_COUNT; at++) {
        int64_t value = read_field(&config, &settings[at]);

        if (strncmp(settings[at].name, "retry.", strlen("retry.")) != 0)
            continue;
        if (!value)
            jn_setting_write(&config, &settings[at], read_field(&normal, &settings[at]));
        else if (!jn_setting_allows(&settings[at], value))
            return jn_fail(error, JANGLE_INVALID, "%s: %s: %" PRId64 " is not in %s",
                           name, settings[at].name, value,
                           jn_setting_range(&settings[at], 1, range));
    }
    if (check_delays(&config.retry, name, error))
        return JANGLE_INVALID;
    *retry = config.retry;
    return JANGLE_OK;
}

/* ---- the documentation ------------------------------------------------------- */

/* The test docs_settings compares this with the page. */
bool jn_config_describe(FILE *file)
{
    fputs(
        "| field | in the environment | default | range | what it is |\n"
        "|---|---|---|---|---|\n",
        file);
    for (size_t at = 0; at < SETTING_COUNT; at++) {
        const struct jn_setting *setting = &settings[at];
        char range[JN_RANGE_SIZE];

        fprintf(file, "| `%s` | `%s`", setting->name, setting->variable);
        if (setting->old_variable)
            fprintf(file, ", `%s`%s", setting->old_variable,
                    setting->old_unit == SECOND ? " (seconds)" : "");
        fprintf(file, " | %" PRId64 " | %s | %s |\n", setting->normal,
                jn_setting_range(setting, 1, range), setting->sentence);
    }
    fprintf(file,
            "| `storage` | `%s` | | a path | The store, in SQLite. |\n"
            "| | `%s` | | the same path | Sagas are kept with the events. |\n"
            "| `snapshot_storage` | `%s` | the store | a path | A store of their own "
            "for snapshots. |\n"
            "| `source` | `%s` | `jangle:` and the id of the store | a text | Who this "
            "program is, to others. Never change it. |\n"
            "| `program` | `%s` | the name of the process | 1 to 64 bytes | What this "
            "program is called in the store. |\n"
            "| | `FAILED_EVENTS_MAX_AGE` | | | Accepted with a warning, and not used: "
            "see `retry.max_attempts`. |\n",
            JN_EVENT_STORE_VARIABLE, JN_SAGA_STORE_VARIABLE, JN_SNAPSHOTS_VARIABLE,
            JN_SOURCE_VARIABLE, JN_PROGRAM_VARIABLE);
    return !ferror(file) && !fflush(file);
}
