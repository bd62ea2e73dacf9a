/* outcome.c - an outcome may be read by the very call that fills it again; and what it
 * says is true when time passes, or another process acts, while a command is decided. */
#include "support/domains/purse.h"
#include "support/stores/lying_store.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>

struct world {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct lying lying;
    struct jangle *jangle;
    struct jangle *other;    /* stands for another process */
    void (*meanwhile)(void); /* while a stream is loaded; once */
    void (*decided)(void);   /* after the decision, before its commit; once */
    bool in_doubt;           /* the next commit is done, and is UNKNOWN all the same */
    struct jangle_outcome outcome;
};

static struct world world;

static enum jangle_result load(struct jangle_store *store,
                               const char *kind,
                               const char *id,
                               int64_t version,
                               jangle_record_fn *visit,
                               void *context,
                               struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    void (*meanwhile)(void) = world.meanwhile;

    world.meanwhile = NULL;
    if (meanwhile)
        meanwhile();
    return honest->ops->read_stream(honest, kind, id, version, visit, context, error);
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    void (*decided)(void) = world.decided;
    bool in_doubt = world.in_doubt;
    enum jangle_result result;

    world.decided = NULL;
    world.in_doubt = false;
    if (decided)
        decided();
    result = honest->ops->commit(honest, group, error);
    return in_doubt ? jangle_error_set(error, JANGLE_UNKNOWN, "the disk is gone")
                    : result;
}

static const struct lie with_hooks = {.clause = "",
                                      .store = {.read_stream = load, .commit = commit}};

static struct jangle *open_at(struct jangle_storage storage)
{
    struct jangle_config config = {.aggregates = purse_aggregates,
                                   .storage = storage,
                                   .host = {.logger = jangle_logger_none()}};
    struct jangle_error error = {0};
    struct jangle *jangle = jangle_open(&config, &error);

    if (!jangle)
        fail_msg("%s", error.message);
    return jangle;
}

static int set_up(void **state)
{
    (void)state;
    world = (struct world){0};
    if (!temp_directory_make(world.directory))
        return 1;
    temp_directory_path(world.path, world.directory, "purses.db");
    world.lying.storage = jangle_sqlite(world.path);
    world.lying.lie = &with_hooks;
    world.jangle = open_at(lying_storage(&world.lying));
    world.other = open_at(jangle_sqlite(world.path));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_result(jangle_close(world.other, -1), JANGLE_OK);
    assert_result(jangle_close(world.jangle, -1), JANGLE_OK);
    temp_directory_remove(world.directory);
    return 0;
}

/* ---- the same outcome again -------------------------------------------------- */

static void a_command_may_be_sent_again_by_the_id_in_its_own_outcome(void **state)
{
    struct jangle_outcome *outcome = &world.outcome;

    (void)state;
    snprintf(outcome->command_id, sizeof outcome->command_id, "twice");
    for (int i = 0; i < 2; i++) {
        jangle_send_in(world.jangle, outcome,
                       jangle_envelope(.command_id = outcome->command_id), put_in,
                       .purse_id = "1", .amount = 5);
        assert_string_equal(outcome->error.message, "");
        assert_string_equal(outcome->command_id, "twice");
        assert_int_equal(outcome->position, 1);
        assert_int_equal(outcome->repeated, i);
    }
}

static void a_command_may_hold_what_its_own_outcome_replied_before(void **state)
{
    struct jangle_outcome *outcome = &world.outcome;

    (void)state;
    jangle_send(world.jangle, outcome, put_in, .purse_id = "1", .amount = 5);
    assert_string_equal(outcome->reply, "5");
    jangle_send(world.jangle, outcome, put_in, .purse_id = outcome->reply, .amount = 7);
    assert_string_equal(outcome->error.message, "");
    assert_int_equal(outcome->version, 1);
    snprintf(outcome->reply, sizeof outcome->reply, "%s",
             "{\"purse_id\":\"7\",\"amount\":2}");
    jangle_send_json(world.jangle, outcome, NULL, "put_in", outcome->reply);
    assert_string_equal(outcome->error.message, "");
    assert_string_equal(outcome->reply, "2");
}

static void an_outcome_can_be_asked_what_came_of_it(void **state)
{
    struct jangle_outcome *outcome = &world.outcome;
    char id[sizeof outcome->command_id];

    (void)state;
    jangle_send(world.jangle, outcome, put_in, .purse_id = "1", .amount = 5);
    memcpy(id, outcome->command_id, sizeof id);
    assert_result(jangle_outcome_of(world.jangle, outcome->command_id, outcome),
                  JANGLE_OK);
    assert_int_equal(outcome->position, 1);
    assert_string_equal(outcome->command_id, id);
}

/* ---- meanwhile --------------------------------------------------------------- */

static void let_a_millisecond_pass(void)
{
    int64_t until_us = jn_monotonic_us() + 1001;

    while (jn_monotonic_us() < until_us)
        ;
}

static void a_command_that_is_decided_after_its_deadline_is_not_stored(void **state)
{
    (void)state;
    world.meanwhile = let_a_millisecond_pass;
    jangle_send_in(world.jangle, &world.outcome, jangle_envelope(.deadline_ms = 1),
                   put_in, .purse_id = "1", .amount = 5);
    assert_result(world.outcome.error.result, JANGLE_TIMEOUT);
    assert_int_equal(world.outcome.position, 0);
}

static void a_deadline_may_be_past_and_as_far_as_there_is_time(void **state)
{
    static const int64_t past[] = {-1, INT64_MIN};

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_result(jangle_send_in(world.jangle, NULL,
                                     jangle_envelope(.deadline_ms = past[i]), put_in,
                                     .purse_id = "1", .amount = 5),
                      JANGLE_TIMEOUT);
    assert_result(jangle_send_in(world.jangle, NULL,
                                 jangle_envelope(.deadline_ms = INT64_MAX), put_in,
                                 .purse_id = "1", .amount = 5),
                  JANGLE_OK);
    assert_result(jangle_drain(world.jangle, INT64_MAX, NULL, NULL), JANGLE_OK);
    assert_result(jangle_close(world.jangle, INT64_MAX), JANGLE_OK);
    world.jangle = NULL;
}

static const struct jangle_envelope first = {.command_id = "first",
                                             .expected_version = {true, 0}};

static void send_it_there(void)
{
    jangle_send_in(world.other, NULL, &first, put_in, .purse_id = "1", .amount = 5);
}

/* The version is not what was expected because of this very command. */
static void a_command_that_another_process_has_stored_is_no_conflict(void **state)
{
    (void)state;
    world.meanwhile = send_it_there;
    jangle_send_in(world.jangle, &world.outcome, &first, put_in, .purse_id = "1",
                   .amount = 5);
    assert_string_equal(world.outcome.error.message, "");
    assert_true(world.outcome.repeated);
    assert_int_equal(world.outcome.version, 1);
}

/* The name is taken, but the purse has moved on as well: the refusal was decided on what
 * is so no longer, and the sender is told of the version. */
static const struct jangle_envelope unnamed = {.expected_version = {true, 0}};

static void name_it_there(void)
{
    jangle_send(world.other, NULL, name_purse, .purse_id = "1", .name = "Ann");
}

static void a_name_that_was_taken_meanwhile_is_no_refusal_of_an_old_state(void **state)
{
    (void)state;
    world.decided = name_it_there;
    jangle_send_in(world.jangle, &world.outcome, &unnamed, name_purse, .purse_id = "1",
                   .name = "Ann");
    assert_result(world.outcome.error.result, JANGLE_CONFLICT);
    assert_int_equal(world.outcome.version, 1);
    jangle_send(world.jangle, &world.outcome, name_purse, .purse_id = "2", .name = "Ann");
    assert_result(world.outcome.error.result, JANGLE_REJECTED);
    assert_string_equal(world.outcome.error.message, "names/Ann exists already");
}

/* ---- in doubt ---------------------------------------------------------------- */

/* The search begins where the doubt does. What is not found there is looked for in the
 * whole log: "nothing is stored of it" would have it sent again. */
static void a_command_from_before_the_doubt_is_found(void **state)
{
    char before[sizeof world.outcome.command_id], unknown[sizeof before];

    (void)state;
    jangle_send(world.jangle, &world.outcome, put_in, .purse_id = "1", .amount = 5);
    memcpy(before, world.outcome.command_id, sizeof before);
    jangle_send(world.jangle, NULL, put_in, .purse_id = "2", .amount = 5);
    world.in_doubt = true;
    jangle_send(world.jangle, &world.outcome, put_in, .purse_id = "1", .amount = 7);
    assert_result(world.outcome.error.result, JANGLE_UNKNOWN);
    memcpy(unknown, world.outcome.command_id, sizeof unknown);
    assert_result(jangle_outcome_of(world.jangle, unknown, &world.outcome), JANGLE_OK);
    assert_int_equal(world.outcome.position, 3);
    assert_result(jangle_outcome_of(world.jangle, before, &world.outcome), JANGLE_OK);
    assert_int_equal(world.outcome.position, 1);
    assert_int_equal(world.outcome.version, 1);
}

/* ---- names ------------------------------------------------------------------- */

static void no_name_is_the_name_of_nobody(void **state)
{
    struct jangle_subscriber_stats stats;
    struct jangle_error error;

    (void)state;
    assert_result(jangle_wait(world.jangle, NULL, 1, 0, &error), JANGLE_NOT_FOUND);
    assert_result(jangle_replay(world.jangle, NULL, NULL, &error), JANGLE_NOT_FOUND);
    assert_result(jangle_subscriber_reset(world.jangle, NULL, 0, &error),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_subscriber_forget(world.jangle, NULL, &error), JANGLE_NOT_FOUND);
    assert_result(jangle_measure_subscriber(world.jangle, NULL, &stats, &error),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_dead_letter_retry(world.jangle, NULL, 1, &error),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_dead_letter_skip(world.jangle, "\xff\n", 1, &error),
                  JANGLE_NOT_FOUND);
    assert_non_null(strstr(error.message, "\\xff\\x0a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_command_may_be_sent_again_by_the_id_in_its_own_outcome),
        TEST(a_command_may_hold_what_its_own_outcome_replied_before),
        TEST(an_outcome_can_be_asked_what_came_of_it),
        TEST(a_command_that_is_decided_after_its_deadline_is_not_stored),
        TEST(a_deadline_may_be_past_and_as_far_as_there_is_time),
        TEST(a_command_that_another_process_has_stored_is_no_conflict),
        TEST(a_name_that_was_taken_meanwhile_is_no_refusal_of_an_old_state),
        TEST(a_command_from_before_the_doubt_is_found),
        TEST(no_name_is_the_name_of_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
