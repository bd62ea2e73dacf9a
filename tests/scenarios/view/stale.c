/* stale.c - another process is faster, between a command's load and its answer: the
 * answer is as if it had come after. The other one is a second instance on the
 * same file. */
#include "support/temp_directory.h"
#include "support/test.h"

#include "core/engine.h"

#include <jangle/testing.h>

#include <string.h>

struct spend {
    const char *till_id;
    int64_t amount;
};

struct fill {
    const char *till_id;
    int64_t amount;
};

struct count_till {
    const char *till_id;
};

struct money_moved {
    int64_t amount;
};

struct till_state {
    int64_t total;
};

static JANGLE_COMMAND(spend, till_id, amount);
static JANGLE_COMMAND(fill, till_id, amount);
static JANGLE_COMMAND(count_till, till_id);
static JANGLE_EVENT(money_moved, amount);
static JANGLE_STRUCT(till_state, total);

/* What the other one does while the first decides: once. */
static void (*meanwhile)(void);

static void let_the_other_in(void)
{
    void (*now)(void) = meanwhile;

    meanwhile = NULL;
    if (now)
        now();
}

static enum jangle_result decide_spend(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct till_state *till = state;
    const struct spend *wish = command->data;

    let_the_other_in();
    if (till->total < wish->amount)
        return jangle_reject(decision, "there are only %d", (int)till->total);
    return jangle_emit(decision, money_moved, .amount = -wish->amount);
}

static enum jangle_result decide_fill(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    (void)state;
    return jangle_emit(decision, money_moved,
                       .amount = ((const struct fill *)command->data)->amount);
}

static enum jangle_result decide_count(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    (void)command;
    let_the_other_in();
    return jangle_reply(decision, "%d", (int)((const struct till_state *)state)->total);
}

static void apply_moved(void *state, const struct jangle_event *event)
{
    ((struct till_state *)state)->total +=
        ((const struct money_moved *)event->data)->amount;
}

static const struct jangle_aggregate till = {
    .name = "till",
    .state = &till_state,
    .commands = JANGLE_DECIDERS(
        {&spend, decide_spend}, {&fill, decide_fill}, {&count_till, decide_count}),
    .events = JANGLE_APPLIERS({&money_moved, apply_moved})};

/* ---- two on one file --------------------------------------------------------- */

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
static struct jangle *one, *other;
static struct jangle_outcome outcome;

static struct jangle *open_jangle(int conflict_retries)
{
    struct jangle_config config = {.aggregates = JANGLE_AGGREGATES(&till),
                                   .storage = jangle_sqlite(path),
                                   .host = {.logger = jangle_logger_none()},
                                   .conflict_retries = conflict_retries};

    return jangle_open(&config, NULL);
}

static int open_both(void **state)
{
    (void)state;
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(path, directory, "till.db");
    one = open_jangle(1);
    other = open_jangle(1);
    return !one || !other;
}

static int close_both(void **state)
{
    (void)state;
    jangle_close(one, -1);
    jangle_close(other, -1);
    temp_directory_remove(directory);
    return 0;
}

static void fill_till(void)
{
    assert_result(jangle_send(other, NULL, fill, .till_id = "1", .amount = 10),
                  JANGLE_OK);
}

static void a_refusal_is_of_what_is_so_now(void **state)
{
    (void)state;
    meanwhile = fill_till;
    assert_result(jangle_send(one, &outcome, spend, .till_id = "1", .amount = 7),
                  JANGLE_OK);
    assert_int_equal(outcome.version, 2);
    assert_string_equal(outcome.error.message, "");
}

static void a_reply_is_of_what_is_so_now(void **state)
{
    (void)state;
    meanwhile = fill_till;
    assert_result(jangle_send(one, &outcome, count_till, .till_id = "1"), JANGLE_OK);
    assert_string_equal(outcome.reply, "10");
}

static void an_event_is_of_what_is_so_now(void **state)
{
    struct jangle_stats stats;

    (void)state;
    fill_till();
    meanwhile = fill_till;
    assert_result(jangle_send(one, &outcome, spend, .till_id = "1", .amount = 7),
                  JANGLE_OK);
    assert_int_equal(outcome.version, 3);
    jangle_measure(one, &stats);
    assert_int_equal(stats.conflicts, 1);
}

static void fill_again_and_again(void)
{
    fill_till();
    meanwhile = fill_again_and_again;
}

static void who_loses_every_time_is_told_so(void **state)
{
    (void)state;
    fill_till();
    meanwhile = fill_again_and_again;
    assert_result(jangle_send(one, &outcome, spend, .till_id = "1", .amount = 7),
                  JANGLE_CONFLICT);
    assert_non_null(strstr(outcome.error.message, "till/1"));
    assert_int_equal(outcome.position, 0);
    meanwhile = NULL;
}

static void spend_the_same(void)
{
    assert_result(jangle_send_in(other, NULL, jangle_envelope(.command_id = "once"),
                                 spend, .till_id = "1", .amount = 10),
                  JANGLE_OK);
}

/* The store of the first, but that the other comes in behind each look for a command. */
static struct jangle_store_ops slow_ops;
static const struct jangle_store_ops *quick_ops;

static enum jangle_result find_command_slowly(struct jangle_store *store,
                                              const char *command_id,
                                              struct jangle_receipt *receipt,
                                              struct jangle_error *error)
{
    enum jangle_result result =
        quick_ops->find_command(store, command_id, receipt, error);

    let_the_other_in();
    return result;
}

/* Not done yet when it was looked for; then done by the other, before the state was read:
 * which would refuse it now. */
static void a_command_that_was_done_before_the_load_is_done(void **state)
{
    (void)state;
    quick_ops = one->store->ops;
    slow_ops = *quick_ops;
    slow_ops.find_command = find_command_slowly;
    one->store->ops = &slow_ops;
    fill_till();
    meanwhile = spend_the_same;
    assert_result(jangle_send_in(one, &outcome, jangle_envelope(.command_id = "once"),
                                 spend, .till_id = "1", .amount = 10),
                  JANGLE_OK);
    assert_true(outcome.repeated);
    one->store->ops = quick_ops;
}

/* Refused by what is so now, and yet done: by the other, under the same id. */
static void a_command_that_the_other_has_done_is_done(void **state)
{
    (void)state;
    fill_till();
    meanwhile = spend_the_same;
    assert_result(jangle_send_in(one, &outcome, jangle_envelope(.command_id = "once"),
                                 spend, .till_id = "1", .amount = 10),
                  JANGLE_OK);
    assert_true(outcome.repeated);
    assert_int_equal(outcome.position, 2);
}

static void use_the_id_elsewhere(void)
{
    assert_result(jangle_send_in(other, NULL, jangle_envelope(.command_id = "once"), fill,
                                 .till_id = "2", .amount = 10),
                  JANGLE_OK);
}

static void an_id_that_the_other_took_for_something_else_is_refused(void **state)
{
    (void)state;
    fill_till();
    meanwhile = use_the_id_elsewhere;
    assert_result(jangle_send_in(one, &outcome, jangle_envelope(.command_id = "once"),
                                 spend, .till_id = "1", .amount = 10),
                  JANGLE_INVALID);
    assert_non_null(strstr(outcome.error.message, "once"));
    assert_int_equal(outcome.position, 0);
}

static void an_expected_version_that_passed_is_a_conflict(void **state)
{
    struct jangle_envelope envelope = {.expected_version = {true, 0}};

    (void)state;
    meanwhile = fill_till;
    assert_result(
        jangle_send_in(one, &outcome, &envelope, spend, .till_id = "1", .amount = 7),
        JANGLE_CONFLICT);
    assert_int_equal(outcome.version, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_refusal_is_of_what_is_so_now),
        TEST(a_reply_is_of_what_is_so_now),
        TEST(an_event_is_of_what_is_so_now),
        TEST(who_loses_every_time_is_told_so),
        TEST(a_command_that_was_done_before_the_load_is_done),
        TEST(a_command_that_the_other_has_done_is_done),
        TEST(an_id_that_the_other_took_for_something_else_is_refused),
        TEST(an_expected_version_that_passed_is_a_conflict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
