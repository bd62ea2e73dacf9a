/* logging.c - each topic is told when it is wanted, and silent when it is not. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { TOPICS_MAX = 40 };

/* What was told: how often each topic, at which level; and whether a secret was. */
struct told {
    const char *topics[TOPICS_MAX];
    enum jangle_level levels[TOPICS_MAX];
    int counts[TOPICS_MAX];
    bool secret;
};

static void hear(void *context, const struct jangle_log_entry *entry)
{
    struct told *told = context;
    int i = 0;

    while (told->topics[i] && strcmp(told->topics[i], entry->topic) != 0)
        i++;
    told->topics[i] = entry->topic;
    told->levels[i] = entry->level;
    told->counts[i]++;
    told->secret |= strstr(entry->message, "4711") != NULL;
    for (size_t n = 0; n < entry->pair_count; n++)
        told->secret |= entry->pairs[n].number == 4711 ||
                        (entry->pairs[n].text && strstr(entry->pairs[n].text, "4711"));
}

static int count(const struct told *told, const char *topic)
{
    for (int i = 0; i < TOPICS_MAX && told->topics[i]; i++)
        if (!strcmp(told->topics[i], topic))
            return told->counts[i];
    return 0;
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)event;
    if (delivery->attempt < 3)
        return jangle_delivery_fail(delivery, JANGLE_RETRY, "not yet");
    return jangle_delivery_reject(delivery, "never");
}

static const struct jangle_subscriber mail = {
    .name = "mail",
    .handlers = JANGLE_HANDLERS({&coins_put_in, handle}),
    .retry = {.max_attempts = 9, .first_delay_ms = 1, .max_delay_ms = 1}};

static void live(struct told *told, struct jangle_log_levels levels)
{
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE] = "";
    struct jangle_sqlite_options options = {.wal_checkpoint_frames = 10};
    jangle_time now = {1000000};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&mail),
        .storage = jangle_sqlite_with(path, &options),
        .host = {.clock = jangle_clock_fixed(&now), .logger = {hear, told}},
        .log_levels = levels};
    struct jangle *jangle;
    int64_t done;

    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "purses.db");
    jangle = jangle_open(&config, NULL);
    assert_non_null(jangle);
    for (int i = 0; i < 25; i++)
        jangle_send(jangle, NULL, put_in, .purse_id = "1", .amount = 4711);
    jangle_send(jangle, NULL, take_out, .purse_id = "2", .amount = 1);
    jangle_send(jangle, NULL, put_in, .purse_id = "1", .amount = 0);
    for (int i = 0; i < 50; i++) {
        now.us += 2000000;
        jangle_poll(jangle, &done, NULL);
    }
    jangle_log(jangle, JANGLE_LEVEL_INFO, "hello");
    jangle_log(jangle, JANGLE_LEVEL_DEBUG, "psst");
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    temp_directory_remove(directory);
}

static void what_people_need_is_told_by_itself(void **state)
{
    struct told told = {0};

    (void)state;
    live(&told, (struct jangle_log_levels){0});
    assert_int_equal(count(&told, "OPENED"), 2);
    assert_int_equal(count(&told, "COMMAND_REJECTED"), 1);
    assert_int_equal(count(&told, "COMMAND_INVALID"), 1);
    assert_true(count(&told, "EVENT_RETRIED") >= 2);
    assert_int_equal(count(&told, "EVENT_DEAD"), 1);
    assert_int_equal(count(&told, "SUBSCRIBER_TAKEN"), 1);
    assert_int_equal(count(&told, "USER"), 1);
    assert_int_equal(count(&told, "COMMAND_ACCEPTED"), 0);
    assert_int_equal(count(&told, "EVENT_COMMITTED"), 0);
    assert_int_equal(count(&told, "WAL_CHECKPOINTED"), 0);
    assert_int_equal(count(&told, "STORE_AT_RISK"),
                     sqlite3_libversion_number() < 3051003 ? 1 : 0);
    assert_false(told.secret);
}

static void every_topic_can_be_had(void **state)
{
    static const struct jangle_log_level levels[] = {
        {JANGLE_LOG_REGISTERED, JANGLE_LEVEL_DEBUG},
        {JANGLE_LOG_COMMAND_RECEIVED, JANGLE_LEVEL_DEBUG},
        {JANGLE_LOG_COMMAND_ACCEPTED, JANGLE_LEVEL_WARNING},
        {JANGLE_LOG_EVENT_COMMITTED, JANGLE_LEVEL_DEBUG},
        {JANGLE_LOG_SNAPSHOT_TAKEN, JANGLE_LEVEL_DEBUG},
        {JANGLE_LOG_WAL_CHECKPOINTED, JANGLE_LEVEL_ERROR},
        {JANGLE_LOG_USER, JANGLE_LEVEL_DEBUG}};
    struct told told = {0};

    (void)state;
    live(&told, (struct jangle_log_levels)JANGLE_ARRAY(levels));
    assert_int_equal(count(&told, "REGISTERED"), 5);
    assert_int_equal(count(&told, "COMMAND_RECEIVED"), 26);
    assert_int_equal(count(&told, "COMMAND_ACCEPTED"), 25);
    assert_int_equal(count(&told, "EVENT_COMMITTED"), 25);
    assert_int_equal(count(&told, "SNAPSHOT_TAKEN"), 1);
    assert_true(count(&told, "WAL_CHECKPOINTED") >= 1);
    assert_int_equal(count(&told, "USER"), 2);
    for (int i = 0; told.topics[i]; i++) {
        if (!strcmp(told.topics[i], "COMMAND_ACCEPTED"))
            assert_int_equal(told.levels[i], JANGLE_LEVEL_WARNING);
        if (!strcmp(told.topics[i], "WAL_CHECKPOINTED"))
            assert_int_equal(told.levels[i], JANGLE_LEVEL_ERROR);
    }
    assert_false(told.secret);
}

static void what_is_off_is_silent(void **state)
{
    static const struct jangle_log_level levels[] = {
        {JANGLE_LOG_OPENED, JANGLE_LEVEL_OFF},
        {JANGLE_LOG_COMMAND_REJECTED, JANGLE_LEVEL_OFF},
        {JANGLE_LOG_COMMAND_INVALID, JANGLE_LEVEL_OFF},
        {JANGLE_LOG_EVENT_RETRIED, JANGLE_LEVEL_OFF},
        {JANGLE_LOG_EVENT_DEAD, JANGLE_LEVEL_OFF},
        {JANGLE_LOG_SUBSCRIBER_TAKEN, JANGLE_LEVEL_OFF},
        {JANGLE_LOG_STORE_AT_RISK, JANGLE_LEVEL_OFF},
        {JANGLE_LOG_USER, JANGLE_LEVEL_OFF}};
    struct told told = {0};

    (void)state;
    live(&told, (struct jangle_log_levels)JANGLE_ARRAY(levels));
    assert_null(told.topics[0]);
}

/* ---- which command it was ---------------------------------------------------- */

static struct {
    char aggregate[80], command_id[80];
} named;

static void note_names(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    if (strcmp(entry->topic, "COMMAND_INVALID") != 0)
        return;
    assert_string_equal(entry->pairs[1].name, "aggregate");
    snprintf(named.aggregate, sizeof named.aggregate, "%s", entry->pairs[1].text);
    assert_string_equal(entry->pairs[2].name, "command_id");
    snprintf(named.command_id, sizeof named.command_id, "%s", entry->pairs[2].text);
}

static void assert_named(const char *aggregate, const char *command_id)
{
    assert_string_equal(named.aggregate, aggregate);
    assert_string_equal(named.command_id, command_id);
}

/* Both were empty. */
static void an_invalid_command_is_told_with_its_aggregate_and_its_id(void **state)
{
    struct jangle_config config = {.aggregates = purse_aggregates,
                                   .storage = jangle_memory(),
                                   .host = {.logger = {note_names, NULL}}};
    struct jangle *jangle = jangle_open(&config, NULL);
    struct jangle_outcome outcome;

    (void)state;
    assert_non_null(jangle);
    jangle_send_in(jangle, &outcome, jangle_envelope(.command_id = "c1"), put_in,
                   .purse_id = "7", .amount = 0);
    assert_result(outcome.error.result, JANGLE_INVALID);
    assert_string_equal(outcome.command_id, "c1");
    assert_named("7", "c1");
    jangle_send(jangle, NULL, put_in, .purse_id = "8", .amount = 0);
    assert_named("8", "");
    jangle_send_in(jangle, NULL, jangle_envelope(.command_id = "c2"), put_in,
                   .purse_id = NULL, .amount = 5);
    assert_named("", "c2");
    jangle_send_in(jangle, NULL, jangle_envelope(.command_id = "\xff"), put_in,
                   .purse_id = "a\xff", .amount = 5);
    assert_named("", "");
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

/* ---- what passes by itself --------------------------------------------------- */

static int errors(const struct told *told)
{
    int errors = 0;

    for (int i = 0; i < TOPICS_MAX && told->topics[i]; i++)
        errors += told->levels[i] == JANGLE_LEVEL_ERROR;
    return errors;
}

/* Somebody stops the program while it sends. */
static enum jangle_result stop_and_send(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    jangle_stop(delivery->jangle);
    return jangle_delivery_send(delivery, take_out, .purse_id = event->aggregate_id,
                                .amount = 1);
}

static const struct jangle_subscriber forwarder = {
    .name = "forwarder",
    .handlers = JANGLE_HANDLERS({&coins_put_in, stop_and_send}),
    .start = JANGLE_FROM_FIRST};

/* Its call of that number is BUSY. Returns how many calls there were. */
static int64_t live_with_busy_call(struct told *told, int64_t at)
{
    struct jangle_flaky flaky = {
        .storage = jangle_memory(), .fail_at = at, .result = JANGLE_BUSY};
    jangle_time now = {1000000};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&forwarder),
        .storage = jangle_storage_flaky(&flaky),
        .host = {.clock = jangle_clock_fixed(&now), .logger = {hear, told}}};
    struct jangle *jangle = jangle_open(&config, NULL);

    if (!jangle)
        return INT64_MAX; /* not even opened */
    jangle_send(jangle, NULL, put_in, .purse_id = "1", .amount = 5);
    for (int i = 0; i < 5; i++) {
        now.us += 2000000;
        jangle_poll(jangle, NULL, NULL);
    }
    jangle_stop(jangle);
    jangle_send(jangle, NULL, put_in, .purse_id = "1", .amount = 5);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    return flaky.calls;
}

/* Both were errors, for which somebody is to be woken. */
static void a_busy_store_and_the_end_of_the_instance_are_no_errors(void **state)
{
    struct told told = {0};
    int64_t calls = INT64_MAX;

    (void)state;
    for (int64_t at = 1; at <= calls; at++) {
        calls = live_with_busy_call(&told, at);
        assert_int_equal(errors(&told), 0);
    }
    assert_true(count(&told, "STORE_BUSY") > 1);
    assert_true(count(&told, "COMMAND_PUT_OFF") > 5);
    assert_int_equal(count(&told, "COMMAND_FAILED"), 0);
    assert_int_equal(count(&told, "STORE_FAILED"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_need_is_told_by_itself),
        cmocka_unit_test(every_topic_can_be_had),
        cmocka_unit_test(what_is_off_is_silent),
        cmocka_unit_test(an_invalid_command_is_told_with_its_aggregate_and_its_id),
        cmocka_unit_test(a_busy_store_and_the_end_of_the_instance_are_no_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
