/* config.c - settings: defaults, ranges, and what the environment may say. */
#include "core/config.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const variables[] = {"JANGLE_WORKERS",
                                        "JANGLE_FOLLOWER",
                                        "JANGLE_BATCH_COUNT",
                                        "JANGLE_BATCH_SIZE",
                                        "BATCH_SIZE",
                                        "JANGLE_GROUP_COUNT",
                                        "JANGLE_GROUP_BYTES",
                                        "JANGLE_RETRY_MAX_ATTEMPTS",
                                        "JANGLE_RETRY_INTERVAL_MS",
                                        "JANGLE_DISPATCH_QUEUE_COUNT",
                                        "EVENTS_READY_FOR_DISPATCH_QUEUE_SIZE",
                                        "JANGLE_EVENTS_READY_FOR_DISPATCH_QUEUE_SIZE",
                                        "SAGA_RETRY_INTERVAL",
                                        "JANGLE_SAGA_RETRY_INTERVAL",
                                        "JANGLE_SAGA_RETRY_FIRST_DELAY_MS",
                                        "FAILED_EVENTS_RETRY_INTERVAL",
                                        "JANGLE_FAILED_EVENTS_RETRY_INTERVAL",
                                        "FAILED_EVENTS_MAX_AGE",
                                        "JANGLE_FAILED_EVENTS_MAX_AGE",
                                        "JANGLE_EVENT_STORE_PATH",
                                        "JANGLE_SAGA_STORE_PATH",
                                        "JANGLE_SNAPSHOTS_PATH",
                                        "JANGLE_PUBLISH_COUNT",
                                        "JANGLE_RECEIVE_COUNT",
                                        "JANGLE_RECEIVE_BYTES",
                                        "JANGLE_CONFIRM_TIMEOUT_MS",
                                        "JANGLE_RECONNECT_FIRST_DELAY_MS",
                                        "JANGLE_RECONNECT_MAX_DELAY_MS",
                                        "JANGLE_SOURCE",
                                        "JANGLE_PROGRAM"};

static int clear_environment(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof variables / sizeof *variables; at++)
        if (unsetenv(variables[at]))
            return -1;
    return 0;
}

static void say(const char *variable, const char *value)
{
    bool listed = false;

    for (size_t at = 0; at < sizeof variables / sizeof *variables; at++)
        listed = listed || strcmp(variables[at], variable) == 0;
    assert_true(listed);
    assert_int_equal(setenv(variable, value, 1), 0);
}

static struct jangle_config in_memory(void)
{
    return (struct jangle_config){.storage = jangle_memory()};
}

/* ---- completing -------------------------------------------------------------- */

static void zeroes_become_the_defaults_that_the_header_states(void **state)
{
    struct jangle_config config = in_memory();

    (void)state;
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    assert_int_equal(config.workers, 0);
    assert_int_equal(config.conflict_retries, 10);
    assert_int_equal(config.look_count, 8);
    assert_int_equal(config.group_count, 256);
    assert_int_equal(config.chain_count, 256);
    assert_int_equal(config.group_bytes, 1 << 20);
    assert_int_equal(config.queue_limit, 10000);
    assert_int_equal(config.message_bytes, 1 << 20);
    assert_int_equal(config.json_depth, 64);
    assert_int_equal(config.batch_count, 100);
    assert_int_equal(config.dispatch_queue_count, 200);
    assert_int_equal(config.retry.max_attempts, 10);
    assert_int_equal(config.retry.first_delay_ms, 1000);
    assert_int_equal(config.retry.max_delay_ms, 300000);
    assert_int_equal(config.parked_limit, 10000);
    assert_int_equal(config.checkpoint_interval_ms, 100);
    assert_int_equal(config.retry_interval_ms, 1000);
    assert_int_equal(config.head_interval_ms, 50);
    assert_int_equal(config.step_count, 1000);
    assert_int_equal(config.saga_retry.max_attempts, 10);
    assert_int_equal(config.saga_retry.first_delay_ms, 30000);
    assert_int_equal(config.saga_retry.max_delay_ms, 300000);
    assert_int_equal(config.ask_timeout_ms, 5000);
    assert_int_equal(config.view_readers, 8);
    assert_int_equal(config.command_id_keep_ms, 0);
    assert_int_equal(config.publish_count, 1024);
    assert_int_equal(config.receive_count, 256);
    assert_int_equal(config.receive_bytes, 16 << 20);
    assert_int_equal(config.confirm_timeout_ms, 30000);
    assert_int_equal(config.reconnect.first_delay_ms, 100);
    assert_int_equal(config.reconnect.max_delay_ms, 30000);
}

static void what_was_set_is_left_alone(void **state)
{
    struct jangle_config config = in_memory();

    (void)state;
    config.workers = 3;
    config.retry.max_attempts = -1;
    config.message_bytes = 5000000;
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    assert_int_equal(config.workers, 3);
    assert_int_equal(config.retry.max_attempts, -1);
    assert_int_equal(config.message_bytes, 5000000);
}

static void completing_twice_changes_nothing(void **state)
{
    struct jangle_config config = in_memory(), before;

    (void)state;
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    before = config;
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    assert_memory_equal(&config, &before, sizeof config);
}

static void
check_refused(struct jangle_config config, const char *field, const char *range)
{
    struct jangle_error error = {0};

    assert_result(jn_config_complete(&config, &error), JANGLE_INVALID);
    if (!strstr(error.message, field) || !strstr(error.message, range))
        fail_msg("\"%s\" does not name %s and %s", error.message, field, range);
}

static void a_value_out_of_range_is_refused_with_field_value_and_range(void **state)
{
    struct jangle_config config;

    (void)state;
    config = in_memory();
    config.workers = 1025;
    check_refused(config, "config.workers: 1025", "0..1024");
    config.workers = -1;
    check_refused(config, "config.workers: -1", "0..1024");
    config = in_memory();
    config.batch_count = -7;
    check_refused(config, "config.batch_count: -7", "1..");
    config = in_memory();
    config.queue_limit = INT64_MAX;
    check_refused(config, "config.queue_limit: 9223372036854775807", "1..");
    config = in_memory();
    config.retry.max_attempts = -3;
    check_refused(config, "config.retry.max_attempts: -3", ", or -1");
    config = in_memory();
    config.command_id_keep_ms = -1;
    check_refused(config, "config.command_id_keep_ms: -1", "0..");
}

static void the_settings_of_messaging_have_ranges(void **state)
{
    struct jangle_config config = in_memory();

    (void)state;
    config.publish_count = 65537;
    check_refused(config, "config.publish_count: 65537", "1..65536");
    config = in_memory();
    config.receive_count = -1;
    check_refused(config, "config.receive_count: -1", "1..65536");
    config = in_memory();
    config.receive_bytes = -1;
    check_refused(config, "config.receive_bytes: -1", "1..1073741824");
    config = in_memory();
    config.confirm_timeout_ms = 30001;
    check_refused(config, "config.confirm_timeout_ms: 30001", "1..30000");
    config = in_memory();
    config.reconnect.first_delay_ms = -1;
    check_refused(config, "config.reconnect.first_delay_ms: -1", "1..86400000");
    config = in_memory();
    config.reconnect.first_delay_ms = 30001;
    check_refused(config, "config.reconnect: first_delay_ms is 30001", "30000");
}

static void a_first_delay_above_the_longest_is_refused(void **state)
{
    struct jangle_config config = in_memory();

    (void)state;
    config.retry.first_delay_ms = 300001;
    check_refused(config, "config.retry", "300001");
    config.retry.max_delay_ms = 300001;
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    config = in_memory();
    config.saga_retry.max_delay_ms = 29999;
    check_refused(config, "config.saga_retry", "29999");
}

static void storage_must_be_named(void **state)
{
    (void)state;
    check_refused((struct jangle_config){0}, "storage", "jangle_memory()");
}

static void *resize_nothing(void *context, void *memory, size_t size)
{
    (void)context;
    (void)memory;
    (void)size;
    return NULL;
}

static void half_an_allocator_is_refused(void **state)
{
    struct jangle_config config = in_memory();

    (void)state;
    config.host.allocator.resize = resize_nothing;
    check_refused(config, "allocator", "free");
}

static void a_subscribers_zeroes_are_the_configurations(void **state)
{
    struct jangle_config config = in_memory();
    struct jangle_retry retry = {.first_delay_ms = 5};
    struct jangle_error error = {0};

    (void)state;
    config.retry.max_attempts = 4;
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    assert_result(jn_config_complete_retry(&retry, &config.retry, "mailer", NULL),
                  JANGLE_OK);
    assert_int_equal(retry.max_attempts, 4);
    assert_int_equal(retry.first_delay_ms, 5);
    assert_int_equal(retry.max_delay_ms, 300000);
    retry = (struct jangle_retry){.max_attempts = -2};
    assert_result(jn_config_complete_retry(&retry, &config.retry, "mailer", &error),
                  JANGLE_INVALID);
    assert_non_null(strstr(error.message, "mailer: retry.max_attempts: -2"));
    assert_int_equal(retry.first_delay_ms, 0);
    retry = (struct jangle_retry){.first_delay_ms = 400000};
    assert_result(jn_config_complete_retry(&retry, &config.retry, "mailer", NULL),
                  JANGLE_INVALID);
}

/* ---- the environment --------------------------------------------------------- */

static void the_environment_sets_what_it_names_and_leaves_the_rest(void **state)
{
    struct jangle_config config = {.workers = 2, .group_count = 7};

    (void)state;
    say("JANGLE_WORKERS", "4");
    say("JANGLE_RETRY_MAX_ATTEMPTS", "-1");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_int_equal(config.workers, 4);
    assert_int_equal(config.retry.max_attempts, -1);
    assert_int_equal(config.group_count, 7);
    assert_int_equal(config.batch_count, 0);
    assert_null(config.storage.open);
    say("JANGLE_WORKERS", "0");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_int_equal(config.workers, 0);
}

static void the_bytes_of_a_group_are_set_and_have_a_range(void **state)
{
    struct jangle_config config = in_memory();

    (void)state;
    config.group_bytes = -1;
    check_refused(config, "config.group_bytes: -1", "1..1073741824");
    config.group_bytes = 0;
    say("JANGLE_GROUP_BYTES", "4194304");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_int_equal(config.group_bytes, 4 << 20);
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    assert_int_equal(config.group_bytes, 4 << 20);
}

static void a_flag_is_0_or_1(void **state)
{
    struct jangle_config config = {.workers = 3};

    (void)state;
    say("JANGLE_FOLLOWER", "1");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_true(config.follower);
    assert_int_equal(config.workers, 3);
    say("JANGLE_FOLLOWER", "2");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_INVALID);
    assert_true(config.follower);
    say("JANGLE_FOLLOWER", "0");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_false(config.follower);
}

static void a_follower_has_no_workers(void **state)
{
    struct jangle_config config = in_memory();

    (void)state;
    config.follower = true;
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    assert_true(config.follower);
    config = in_memory();
    config.follower = true;
    config.workers = 2;
    check_refused(config, "config.workers: 2", "a follower");
}

static void the_ancestors_names_work_with_and_without_prefix(void **state)
{
    static const struct {
        const char *variable, *value;
        size_t offset;
        int64_t expected;
    } rows[] = {
        {"BATCH_SIZE", "17", offsetof(struct jangle_config, batch_count), 17},
        {"JANGLE_BATCH_SIZE", "17", offsetof(struct jangle_config, batch_count), 17},
        {"EVENTS_READY_FOR_DISPATCH_QUEUE_SIZE", "9",
         offsetof(struct jangle_config, dispatch_queue_count), 9},
        {"JANGLE_EVENTS_READY_FOR_DISPATCH_QUEUE_SIZE", "9",
         offsetof(struct jangle_config, dispatch_queue_count), 9},
        {"SAGA_RETRY_INTERVAL", "45",
         offsetof(struct jangle_config, saga_retry.first_delay_ms), 45000},
        {"JANGLE_SAGA_RETRY_INTERVAL", "45",
         offsetof(struct jangle_config, saga_retry.first_delay_ms), 45000},
        {"FAILED_EVENTS_RETRY_INTERVAL", "30",
         offsetof(struct jangle_config, retry_interval_ms), 30000},
        {"JANGLE_FAILED_EVENTS_RETRY_INTERVAL", "30",
         offsetof(struct jangle_config, retry_interval_ms), 30000},
        {"JANGLE_RETRY_INTERVAL_MS", "30",
         offsetof(struct jangle_config, retry_interval_ms), 30},
    };

    for (size_t at = 0; at < sizeof rows / sizeof *rows; at++) {
        struct jangle_config config = {0};
        int64_t value;

        clear_environment(state);
        say(rows[at].variable, rows[at].value);
        assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
        memcpy(&value, (const char *)&config + rows[at].offset, sizeof value);
        assert_int_equal(value, rows[at].expected);
    }
}

/* Nothing at all is set, and the sentence holds both words. */
static void check_env_refused(const char *word, const char *other)
{
    struct jangle_config config = {.workers = 2}, before = config;
    struct jangle_error error = {JANGLE_BUSY, "from an earlier call"};

    assert_result(jangle_config_from_env(&config, &error), JANGLE_INVALID);
    if (!strstr(error.message, word) || !strstr(error.message, other))
        fail_msg("\"%s\" does not name %s and %s", error.message, word, other);
    assert_memory_equal(&config, &before, sizeof config);
}

static void two_names_of_one_setting_may_agree_and_must_not_differ(void **state)
{
    struct jangle_config config = {0};

    (void)state;
    say("SAGA_RETRY_INTERVAL", "2");
    say("JANGLE_SAGA_RETRY_FIRST_DELAY_MS", "2000");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_int_equal(config.saga_retry.first_delay_ms, 2000);
    say("JANGLE_SAGA_RETRY_FIRST_DELAY_MS", "2001");
    check_env_refused("JANGLE_SAGA_RETRY_FIRST_DELAY_MS", "SAGA_RETRY_INTERVAL");
    clear_environment(state);
    say("BATCH_SIZE", "10");
    say("JANGLE_BATCH_SIZE", "11");
    check_env_refused("JANGLE_BATCH_SIZE", "BATCH_SIZE");
}

static void what_is_no_whole_number_in_range_is_refused_by_name(void **state)
{
    static const char *const values[] = {"",
                                         " ",
                                         "abc",
                                         "5x",
                                         " 5",
                                         "+5",
                                         "1.5",
                                         "0x5",
                                         "1e3",
                                         "--5",
                                         "1025",
                                         "-1",
                                         "99999999999999999999",
                                         "5 "};

    for (size_t at = 0; at < sizeof values / sizeof *values; at++) {
        clear_environment(state);
        say("JANGLE_GROUP_COUNT", "100");
        say("JANGLE_WORKERS", values[at]);
        check_env_refused("JANGLE_WORKERS", values[at]);
    }
    clear_environment(state);
    /* in ms it would be 384, if it could wrap around */
    say("SAGA_RETRY_INTERVAL", "18446744073709552");
    check_env_refused("SAGA_RETRY_INTERVAL", "18446744073709552 seconds");
    say("SAGA_RETRY_INTERVAL", "0");
    check_env_refused("SAGA_RETRY_INTERVAL", "1..");
}

/* PyJangle's variables are in seconds, and so is the range that an error gives. */
static void a_range_is_given_in_the_unit_of_its_variable(void **state)
{
    (void)state;
    say("FAILED_EVENTS_RETRY_INTERVAL", "86401");
    check_env_refused(
        "FAILED_EVENTS_RETRY_INTERVAL: 86401 seconds is not in 1..86400 seconds, ",
        "the range of retry_interval_ms");
    say("FAILED_EVENTS_RETRY_INTERVAL", "0");
    check_env_refused("0 seconds is not in 1..86400 seconds,", "retry_interval_ms");
    clear_environment(state);
    say("JANGLE_RETRY_INTERVAL_MS", "86400001");
    check_env_refused("JANGLE_RETRY_INTERVAL_MS: 86400001 is not in 1..86400000, ",
                      "the range of retry_interval_ms");
}

static void paths_name_the_store_and_the_snapshots(void **state)
{
    struct jangle_config config = {0};

    (void)state;
    say("JANGLE_EVENT_STORE_PATH", "events.db");
    say("JANGLE_SAGA_STORE_PATH", "events.db");
    say("JANGLE_SNAPSHOTS_PATH", "snapshots.db");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_non_null(config.storage.open);
    assert_string_equal(config.storage.location, "events.db");
    assert_string_equal(config.snapshot_storage.location, "snapshots.db");
}

static void sagas_cannot_be_kept_apart_from_events(void **state)
{
    (void)state;
    say("JANGLE_SAGA_STORE_PATH", "sagas.db");
    check_env_refused("JANGLE_SAGA_STORE_PATH", "JANGLE_EVENT_STORE_PATH");
    say("JANGLE_EVENT_STORE_PATH", "events.db");
    check_env_refused("JANGLE_SAGA_STORE_PATH", "JANGLE_EVENT_STORE_PATH");
}

static void an_empty_path_is_refused(void **state)
{
    (void)state;
    say("JANGLE_SNAPSHOTS_PATH", "");
    check_env_refused("JANGLE_SNAPSHOTS_PATH", "empty");
}

static void the_source_is_a_text_that_is_not_empty(void **state)
{
    struct jangle_config config = {.source = "from the program"};

    (void)state;
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_string_equal(config.source, "from the program");
    say("JANGLE_SOURCE", "shop/1");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_string_equal(config.source, "shop/1");
    say("JANGLE_SOURCE", "");
    check_env_refused("JANGLE_SOURCE is empty", "unset it");
}

static void the_program_is_a_text_that_is_not_empty(void **state)
{
    struct jangle_config config = {.program = "from the program"};

    (void)state;
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_string_equal(config.program, "from the program");
    say("JANGLE_PROGRAM", "teller");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_string_equal(config.program, "teller");
    say("JANGLE_PROGRAM", "");
    check_env_refused("JANGLE_PROGRAM is empty", "unset it");
}

static void check_program_refused(const char *program)
{
    struct jangle_config config = {.storage = jangle_memory(), .program = program};
    struct jangle_error error = {0};

    assert_result(jn_config_complete(&config, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "config.program"));
}

static void the_name_of_a_program_has_1_to_64_bytes_of_utf_8(void **state)
{
    char name[66];
    struct jangle_config config = {.storage = jangle_memory(), .program = name};

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[65] = '\0';
    check_program_refused(name);
    name[64] = '\0';
    assert_result(jn_config_complete(&config, NULL), JANGLE_OK);
    check_program_refused("");
    check_program_refused("\xff");
}

/* ---- the warning ------------------------------------------------------------- */

struct heard {
    int lines;
    enum jangle_level level;
    char message[200];
};

static void hear(void *context, const struct jangle_log_entry *entry)
{
    struct heard *heard = context;

    heard->lines++;
    heard->level = entry->level;
    snprintf(heard->message, sizeof heard->message, "%s", entry->message);
}

static void the_age_of_failed_events_is_accepted_with_a_warning(void **state)
{
    const struct jangle_log_level silent[] = {{JANGLE_LOG_OPENED, JANGLE_LEVEL_OFF}};
    struct heard heard = {0};
    struct jangle_config config = {.host.logger = {.write = hear, .context = &heard}};

    (void)state;
    say("FAILED_EVENTS_MAX_AGE", "30");
    say("JANGLE_WORKERS", "1");
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_int_equal(config.workers, 1);
    assert_int_equal(heard.lines, 1);
    assert_int_equal(heard.level, JANGLE_LEVEL_WARNING);
    assert_non_null(strstr(heard.message, "FAILED_EVENTS_MAX_AGE"));
    config.log_levels = (struct jangle_log_levels)JANGLE_ARRAY(silent);
    assert_result(jangle_config_from_env(&config, NULL), JANGLE_OK);
    assert_int_equal(heard.lines, 1);
    say("JANGLE_FAILED_EVENTS_MAX_AGE", "soon");
    check_env_refused("JANGLE_FAILED_EVENTS_MAX_AGE", "soon");
}

/* ---- the table --------------------------------------------------------------- */

static void the_documentation_has_a_row_for_every_setting(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    int rows = 0;

    (void)state;
    assert_non_null(file);
    assert_true(jn_config_describe(file));
    fclose(file);
    for (const char *at = text; *at; at++)
        rows += *at == '\n';
    assert_int_equal(rows, 2 + 36 + 6);
    assert_non_null(strstr(text, "| `workers` | `JANGLE_WORKERS` | 0 | 0..1024 | "));
    assert_non_null(strstr(text, "`SAGA_RETRY_INTERVAL` (seconds) | 30000 | 1.."));
    assert_non_null(strstr(text, "`BATCH_SIZE` | 100 | "));
    for (size_t at = 0; at < sizeof variables / sizeof *variables; at++)
        if (strncmp(variables[at], "JANGLE_", 7) == 0)
            assert_non_null(strstr(text, variables[at] + 7));
    free(text);
}

#define CONFIG_TEST(name) cmocka_unit_test_setup_teardown(name, clear_environment, NULL)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(zeroes_become_the_defaults_that_the_header_states),
        CONFIG_TEST(what_was_set_is_left_alone),
        CONFIG_TEST(completing_twice_changes_nothing),
        CONFIG_TEST(a_value_out_of_range_is_refused_with_field_value_and_range),
        CONFIG_TEST(the_settings_of_messaging_have_ranges),
        CONFIG_TEST(a_first_delay_above_the_longest_is_refused),
        CONFIG_TEST(storage_must_be_named),
        CONFIG_TEST(half_an_allocator_is_refused),
        CONFIG_TEST(a_subscribers_zeroes_are_the_configurations),
        CONFIG_TEST(the_environment_sets_what_it_names_and_leaves_the_rest),
        CONFIG_TEST(the_bytes_of_a_group_are_set_and_have_a_range),
        CONFIG_TEST(a_flag_is_0_or_1),
        CONFIG_TEST(a_follower_has_no_workers),
        CONFIG_TEST(the_ancestors_names_work_with_and_without_prefix),
        CONFIG_TEST(two_names_of_one_setting_may_agree_and_must_not_differ),
        CONFIG_TEST(what_is_no_whole_number_in_range_is_refused_by_name),
        CONFIG_TEST(a_range_is_given_in_the_unit_of_its_variable),
        CONFIG_TEST(paths_name_the_store_and_the_snapshots),
        CONFIG_TEST(sagas_cannot_be_kept_apart_from_events),
        CONFIG_TEST(an_empty_path_is_refused),
        CONFIG_TEST(the_source_is_a_text_that_is_not_empty),
        CONFIG_TEST(the_program_is_a_text_that_is_not_empty),
        CONFIG_TEST(the_name_of_a_program_has_1_to_64_bytes_of_utf_8),
        CONFIG_TEST(the_age_of_failed_events_is_accepted_with_a_warning),
        CONFIG_TEST(the_documentation_has_a_row_for_every_setting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
