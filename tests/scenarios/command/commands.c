/* commands.c - the truth of answers, over each backend. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>

struct world {
    bool sqlite;
    char directory[TEMP_PATH_SIZE];
    char path[TEMP_PATH_SIZE];
    jangle_time now;
    uint64_t next;
    struct jangle *jangle;
    struct jangle_outcome outcome;
};

static void open_jangle(struct world *world)
{
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .storage = world->sqlite ? jangle_sqlite(world->path) : jangle_memory(),
        .host = {.clock = jangle_clock_fixed(&world->now),
                 .random = jangle_random_counting(&world->next),
                 .logger = jangle_logger_none()},
    };
    struct jangle_error error = {0};

    world->jangle = jangle_open(&config, &error);
    if (!world->jangle)
        fail_msg("%s", error.message);
}

static int open_world(void **state, bool sqlite)
{
    static struct world world;

    world = (struct world){.sqlite = sqlite, .now = {1000000}, .next = 1};
    if (!temp_directory_make(world.directory))
        return 1;
    temp_directory_path(world.path, world.directory, "purses.db");
    open_jangle(&world);
    *state = &world;
    return 0;
}

static int in_memory(void **state)
{
    return open_world(state, false);
}

static int in_sqlite(void **state)
{
    return open_world(state, true);
}

static int close_world(void **state)
{
    struct world *world = *state;

    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    temp_directory_remove(world->directory);
    return 0;
}

static int64_t head(struct world *world)
{
    struct jangle_stats stats;

    jangle_measure(world->jangle, &stats);
    return stats.position;
}

static void names(struct world *world, const char *word)
{
    if (!strstr(world->outcome.error.message, word))
        fail_msg("\"%s\" does not name %s", world->outcome.error.message, word);
}

#define SEND(command, ...)                                                               \
    jangle_send(world->jangle, &world->outcome, command, __VA_ARGS__)
#define SEND_AS(id, command, ...)                                                        \
    jangle_send_in(world->jangle, &world->outcome, jangle_envelope(.command_id = id),    \
                   command, __VA_ARGS__)

/* ---- answers ----------------------------------------------------------------- */

static void an_answer_tells_all_that_came_of_it(void **state)
{
    struct world *world = *state;

    assert_result(SEND(put_in, .purse_id = "1", .amount = 30), JANGLE_OK);
    assert_result(world->outcome.error.result, JANGLE_OK);
    assert_int_equal(world->outcome.position, 1);
    assert_int_equal(world->outcome.version, 1);
    assert_string_equal(world->outcome.reply, "30");
    assert_false(world->outcome.repeated);
    assert_int_equal(strlen(world->outcome.command_id), 36);
    assert_result(SEND(put_in, .purse_id = "1", .amount = 12), JANGLE_OK);
    assert_string_equal(world->outcome.reply, "42");
    assert_int_equal(world->outcome.version, 2);
    assert_int_equal(
        jangle_send(world->jangle, NULL, put_in, .purse_id = "2", .amount = 1),
        JANGLE_OK);
}

static void a_refusal_stores_nothing_and_says_why(void **state)
{
    struct world *world = *state;

    SEND(put_in, .purse_id = "1", .amount = 30);
    assert_result(SEND(take_out, .purse_id = "1", .amount = 31), JANGLE_REJECTED);
    assert_string_equal(world->outcome.error.message, "there are only 30");
    assert_int_equal(world->outcome.position, 0);
    assert_int_equal(world->outcome.version, 1);
    assert_int_equal(head(world), 1);
}

static void an_empty_ok_stores_nothing_and_may_reply(void **state)
{
    struct world *world = *state;

    SEND(put_in, .purse_id = "1", .amount = 30);
    assert_result(SEND(look_in, .purse_id = "1"), JANGLE_OK);
    assert_string_equal(world->outcome.reply, "30");
    assert_int_equal(world->outcome.position, 0);
    assert_int_equal(head(world), 1);
}

static void what_is_malformed_is_named(void **state)
{
    static const char bad[] = {'a', (char)0xff, 0};
    struct world *world = *state;
    char long_id[300];

    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = 0;
    assert_result(SEND(put_in, .purse_id = "1", .amount = 0), JANGLE_INVALID);
    names(world, "put_in.amount");
    assert_result(SEND(put_in, .purse_id = NULL, .amount = 1), JANGLE_INVALID);
    names(world, "put_in.purse_id");
    assert_result(SEND(put_in, .purse_id = "", .amount = 1), JANGLE_INVALID);
    names(world, "empty");
    assert_result(SEND(put_in, .purse_id = bad, .amount = 1), JANGLE_INVALID);
    names(world, "put_in.purse_id");
    assert_result(SEND(put_in, .purse_id = long_id, .amount = 1), JANGLE_INVALID);
    names(world, "299");
    assert_result(SEND_AS(long_id, put_in, .purse_id = "1", .amount = 1), JANGLE_INVALID);
    names(world, "command id");
    assert_int_equal(head(world), 0);
}

static void a_command_that_nobody_decides_is_named(void **state)
{
    struct world *world = *state;
    struct jangle_message unknown = put_in;

    unknown.name = "steal_from";
    assert_result(jangle_send_(world->jangle, &world->outcome, NULL, &unknown,
                               &(struct put_in){"1", 1}),
                  JANGLE_INVALID);
    names(world, "steal_from");
    assert_result(jangle_send_(world->jangle, &world->outcome, NULL, &coins_put_in,
                               &(struct coins_put_in){1, 1}),
                  JANGLE_INVALID);
    names(world, "not a command");
}

static void an_over_long_message_is_refused(void **state)
{
    struct world *world = *state;
    size_t size = 1100000;
    char *name = test_malloc(size + 1);

    memset(name, 'n', size);
    name[size] = 0;
    assert_result(SEND(name_purse, .purse_id = "1", .name = name), JANGLE_INVALID);
    names(world, "message_bytes");
    assert_int_equal(head(world), 0);
    test_free(name);
}

static void a_decider_that_misbehaves_is_told_how(void **state)
{
    static const struct {
        const char *how;
        enum jangle_result result;
        const char *word;
    } cases[] = {
        {"hide an error", JANGLE_REJECTED, "first"},
        {"bad event", JANGLE_INVALID, "coins_put_in.amount"},
        {"NULL text", JANGLE_INVALID, "purse_named.name"},
        {"foreign event", JANGLE_INVALID, "coin_struck"},
        {"odd result", JANGLE_INVALID, "TIMEOUT"},
        {"long reply", JANGLE_INVALID, "63"},
        {"no reason", JANGLE_REJECTED, "without a reason"},
        {"too many", JANGLE_INVALID, "1000"},
        {"twice new", JANGLE_REJECTED, "names/x"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_result(SEND(misbehave, .purse_id = "1", .how = cases[i].how),
                      cases[i].result);
        names(world, cases[i].word);
    }
    assert_int_equal(head(world), 0);
}

/* ---- command ids ------------------------------------------------------------- */

static void a_repeated_command_is_answered_and_not_done(void **state)
{
    struct world *world = *state;

    assert_result(SEND_AS("c1", put_in, .purse_id = "1", .amount = 5), JANGLE_OK);
    SEND(put_in, .purse_id = "1", .amount = 5);
    assert_result(SEND_AS("c1", put_in, .purse_id = "1", .amount = 5), JANGLE_OK);
    assert_true(world->outcome.repeated);
    assert_int_equal(world->outcome.position, 1);
    assert_int_equal(world->outcome.version, 1);
    assert_string_equal(world->outcome.reply, "5");
    assert_int_equal(head(world), 2);
}

static void an_id_of_another_command_is_refused(void **state)
{
    struct world *world = *state;

    SEND_AS("c1", put_in, .purse_id = "1", .amount = 5);
    assert_result(SEND_AS("c1", put_in, .purse_id = "1", .amount = 6), JANGLE_INVALID);
    names(world, "c1");
    assert_result(SEND_AS("c1", put_in, .purse_id = "2", .amount = 5), JANGLE_INVALID);
    assert_result(SEND_AS("c1", take_out, .purse_id = "1", .amount = 5), JANGLE_INVALID);
    assert_int_equal(head(world), 1);
}

static void a_refused_command_is_decided_anew(void **state)
{
    struct world *world = *state;

    assert_result(SEND_AS("c1", take_out, .purse_id = "1", .amount = 5), JANGLE_REJECTED);
    SEND(put_in, .purse_id = "1", .amount = 5);
    assert_result(SEND_AS("c1", take_out, .purse_id = "1", .amount = 5), JANGLE_OK);
    assert_false(world->outcome.repeated);
}

static void a_repeat_that_would_be_refused_now_is_still_ok(void **state)
{
    struct world *world = *state;

    SEND(put_in, .purse_id = "1", .amount = 5);
    assert_result(SEND_AS("c1", take_out, .purse_id = "1", .amount = 5), JANGLE_OK);
    assert_result(SEND_AS("c1", take_out, .purse_id = "1", .amount = 5), JANGLE_OK);
    assert_true(world->outcome.repeated);
}

static void an_outcome_is_found_by_its_id(void **state)
{
    struct world *world = *state;
    struct jangle_outcome found, sent;

    SEND_AS("c1", put_in, .purse_id = "1", .amount = 5);
    assert_result(jangle_outcome_of(world->jangle, "c1", &found), JANGLE_OK);
    assert_int_equal(found.position, 1);
    assert_string_equal(found.reply, "5");
    SEND(put_in, .purse_id = "1", .amount = 6);
    sent = world->outcome;
    SEND(put_in, .purse_id = "1", .amount = 7);
    assert_result(jangle_outcome_of(world->jangle, sent.command_id, &found), JANGLE_OK);
    assert_int_equal(found.position, sent.position);
    assert_int_equal(found.version, sent.version);
    SEND_AS("c2", take_out, .purse_id = "1", .amount = 1000);
    assert_result(jangle_outcome_of(world->jangle, "c2", &found), JANGLE_NOT_FOUND);
    assert_result(
        jangle_outcome_of(world->jangle, "00000000-0000-7000-8000-0000000fffff", &found),
        JANGLE_NOT_FOUND);
    assert_result(jangle_outcome_of(world->jangle, "", &found), JANGLE_INVALID);
}

/* ---- several streams --------------------------------------------------------- */

static void a_taken_name_is_refused_for_good(void **state)
{
    struct world *world = *state;

    assert_result(SEND(name_purse, .purse_id = "1", .name = "red"), JANGLE_OK);
    assert_int_equal(world->outcome.position, 2);
    assert_int_equal(world->outcome.version, 1);
    assert_result(SEND(name_purse, .purse_id = "2", .name = "red"), JANGLE_REJECTED);
    names(world, "names/red");
    assert_int_equal(head(world), 2);
    assert_result(SEND(name_purse, .purse_id = "2", .name = "blue"), JANGLE_OK);
}

static void an_event_for_another_stream_goes_to_its_end(void **state)
{
    struct world *world = *state;

    assert_result(SEND(report_purse, .purse_id = "1"), JANGLE_OK);
    assert_result(SEND(report_purse, .purse_id = "2"), JANGLE_OK);
    assert_result(SEND(report_purse, .purse_id = "1"), JANGLE_OK);
    assert_int_equal(world->outcome.position, 3);
    assert_int_equal(world->outcome.version, 0);
}

static void a_fixed_aggregate_needs_no_id(void **state)
{
    struct world *world = *state;

    assert_result(SEND(strike_coin, .weight = 3), JANGLE_OK);
    assert_result(SEND(strike_coin, .weight = 4), JANGLE_OK);
    assert_int_equal(world->outcome.version, 2);
}

/* ---- envelopes --------------------------------------------------------------- */

static void an_expected_version_must_hold(void **state)
{
    struct world *world = *state;
    struct jangle_envelope envelope = {.expected_version = {true, 0}};

    assert_result(jangle_send_in(world->jangle, &world->outcome, &envelope, put_in,
                                 .purse_id = "1", .amount = 5),
                  JANGLE_OK);
    assert_result(jangle_send_in(world->jangle, &world->outcome, &envelope, put_in,
                                 .purse_id = "1", .amount = 5),
                  JANGLE_CONFLICT);
    names(world, "version 1, not 0");
    assert_int_equal(world->outcome.version, 1);
    assert_int_equal(head(world), 1);
}

/* ---- doors for bindings ------------------------------------------------------ */

static void a_command_can_come_as_json(void **state)
{
    struct world *world = *state;

    assert_result(jangle_send_json(world->jangle, &world->outcome, NULL, "put_in",
                                   "{\"purse_id\":\"1\",\"amount\":5}"),
                  JANGLE_OK);
    assert_string_equal(world->outcome.reply, "5");
    assert_result(jangle_send_json(world->jangle, &world->outcome, NULL, "put_in",
                                   "{\"purse_id\":\"1\",\"amount\":0}"),
                  JANGLE_INVALID);
    names(world, "put_in.amount");
    assert_result(jangle_send_json(world->jangle, &world->outcome, NULL, "put_in",
                                   "{\"purse_id\":\"1\",\"amount\":\"5\"}"),
                  JANGLE_INVALID);
    names(world, "put_in.amount");
    assert_result(jangle_send_json(world->jangle, &world->outcome, NULL, "put_in", "{"),
                  JANGLE_INVALID);
    assert_result(jangle_send_json(world->jangle, &world->outcome, NULL, "put_on", "{}"),
                  JANGLE_INVALID);
    names(world, "put_on");
    assert_result(jangle_send_json(world->jangle, &world->outcome, NULL, NULL, "{}"),
                  JANGLE_INVALID);
    assert_int_equal(head(world), 1);
}

static void an_envelope_is_written_in_place(void **state)
{
    struct world *world = *state;
    struct jangle_outcome found;

    assert_result(jangle_send_in(world->jangle, &world->outcome,
                                 jangle_envelope(.command_id = "c1", .deadline_ms = 60000,
                                                 .origin = {.actor = "ann"}),
                                 put_in, .purse_id = "1", .amount = 1),
                  JANGLE_OK);
    assert_result(jangle_outcome_of(world->jangle, "c1", &found), JANGLE_OK);
    assert_int_equal(found.position, world->outcome.position);
}

/* ---- reopening --------------------------------------------------------------- */

static void a_reopened_store_goes_on(void **state)
{
    struct world *world = *state;

    if (!world->sqlite)
        return;
    for (int i = 0; i < 50; i++)
        SEND(put_in, .purse_id = "1", .amount = 1);
    SEND_AS("c1", take_out, .purse_id = "1", .amount = 10);
    jangle_close(world->jangle, -1);
    open_jangle(world);
    assert_result(SEND(look_in, .purse_id = "1"), JANGLE_OK);
    assert_string_equal(world->outcome.reply, "40");
    assert_result(SEND_AS("c1", take_out, .purse_id = "1", .amount = 10), JANGLE_OK);
    assert_true(world->outcome.repeated);
    assert_int_equal(head(world), 51);
}

static void snapshots_are_taken_by_those_who_poll(void **state)
{
    struct world *world = *state;
    struct jangle_stats stats;
    int64_t done = 1;

    for (int i = 0; i < 45; i++)
        SEND(put_in, .purse_id = "1", .amount = 1);
    while (done)
        assert_result(jangle_poll(world->jangle, &done, NULL), JANGLE_OK);
    jangle_measure(world->jangle, &stats);
    assert_int_equal(stats.snapshots, 1);
    SEND(look_in, .purse_id = "1");
    assert_string_equal(world->outcome.reply, "45");
}

#define BOTH(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, in_memory, close_world),                       \
        cmocka_unit_test_setup_teardown(name, in_sqlite, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(an_answer_tells_all_that_came_of_it),
        BOTH(a_refusal_stores_nothing_and_says_why),
        BOTH(an_empty_ok_stores_nothing_and_may_reply),
        BOTH(what_is_malformed_is_named),
        BOTH(a_command_that_nobody_decides_is_named),
        BOTH(an_over_long_message_is_refused),
        BOTH(a_decider_that_misbehaves_is_told_how),
        BOTH(a_repeated_command_is_answered_and_not_done),
        BOTH(an_id_of_another_command_is_refused),
        BOTH(a_refused_command_is_decided_anew),
        BOTH(a_repeat_that_would_be_refused_now_is_still_ok),
        BOTH(an_outcome_is_found_by_its_id),
        BOTH(a_taken_name_is_refused_for_good),
        BOTH(an_event_for_another_stream_goes_to_its_end),
        BOTH(a_fixed_aggregate_needs_no_id),
        BOTH(an_expected_version_must_hold),
        BOTH(a_command_can_come_as_json),
        BOTH(an_envelope_is_written_in_place),
        BOTH(a_reopened_store_goes_on),
        BOTH(snapshots_are_taken_by_those_who_poll),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
