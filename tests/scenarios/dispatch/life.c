/* life.c - subscribers that begin, are renamed, reset, forgotten, and meet
 * events of tomorrow. */
#include "support/domains/follower.h"

#include "core/engine.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static struct follower first, second;

static const struct jangle_subscriber from_first = {.name = "one",
                                                    .context = &first,
                                                    .handlers =
                                                        JANGLE_ARRAY(follower_handlers),
                                                    .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber by_default = {
    .name = "two", .context = &second, .handlers = JANGLE_ARRAY(follower_handlers)};
static const struct jangle_subscriber renamed = {.name = "uno",
                                                 .formerly = "one",
                                                 .context = &first,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    first = second = (struct follower){0};
    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&first);
    follower_clear(&second);
    return 0;
}

/* ---- where they begin -------------------------------------------------------- */

static void side_effects_begin_with_what_comes_after_their_first_open(void **state)
{
    struct world *world = *state;

    world_open(world, NULL, NULL);
    world_put_many(world, 10, 3);
    world_close(world);
    world_open(world, &from_first, &by_default, NULL);
    world_put_many(world, 10, 3);
    world_poll(world);
    follower_assert_all(&first, 1, 20);
    follower_assert_all(&second, 11, 20);
}

/* Where a subscriber began is written down at once: what is stored before it runs for the
 * first time is not lost by a restart. */
static void the_beginning_is_written_down(void **state)
{
    struct world *world = *state;

    world_open(world, &by_default, NULL);
    world_put_many(world, 10, 3);
    world_close(world);
    world_open(world, &by_default, NULL);
    world_put_many(world, 10, 3);
    world_poll(world);
    follower_assert_all(&second, 1, 20);
}

static void a_checkpoint_survives_a_restart(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 3; i++) {
        world_open(world, &from_first, NULL);
        world_put_many(world, 10, 3);
        world_poll(world);
        world_close(world);
    }
    assert_int_equal(first.count, 30);
    follower_assert_all(&first, 1, 30);
}

/* ---- names ------------------------------------------------------------------- */

static enum jangle_result collect(void *context, const char *subscriber)
{
    char *end = (char *)context + strlen(context);

    memcpy(end, subscriber, strlen(subscriber));
    memcpy(end + strlen(subscriber), " ", sizeof " ");
    return JANGLE_OK;
}

/* The first time, it is stopped in the middle of its work, and what it wanted to do is
 * refused to it. */
static enum jangle_result be_cut_short(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    struct world *world = delivery->context;

    (void)event;
    if (first.count++)
        return JANGLE_OK;
    jangle_stop(world->jangle);
    return jangle_send(world->jangle, NULL, put_in, .purse_id = "9", .amount = 1);
}

static void what_closing_cut_short_is_due_at_the_next_opening(void **state)
{
    static const struct jangle_handler handlers[] = {{&coins_put_in, be_cut_short}};
    struct world *world = *state;
    struct jangle_subscriber one = from_first;

    one.handlers = (struct jangle_handlers)JANGLE_ARRAY(handlers);
    one.context = world;
    world_open(world, &one, NULL);
    world_put(world, "1");
    jangle_poll(world->jangle, NULL, NULL);
    assert_int_equal(first.count, 1);
    world_close(world);
    world_open(world, &one, NULL);
    world_poll(world);
    assert_int_equal(first.count, 2);
    assert_int_equal(world_measure(world, "one").parked, 0);
    world_close(world);
    first.count = 0;
}

static void a_new_name_takes_the_old_ones_checkpoint(void **state)
{
    struct world *world = *state;
    char names[100] = "";

    world_open(world, &from_first, NULL);
    first.fails_for = "1";
    first.failures = 1;
    world_put_many(world, 10, 3);
    world_poll(world);
    world_close(world);
    world_open(world, &renamed, NULL);
    assert_int_equal(world_measure(world, "uno").position, 10);
    assert_int_equal(world_measure(world, "uno").parked, 1);
    world_put_many(world, 10, 3);
    world_settle(world, 5);
    follower_assert_all(&first, 1, 20);
    assert_result(jangle_subscriber_visit(world->jangle, collect, names, &world->error),
                  JANGLE_OK);
    assert_string_equal(names, "uno ");
    world_close(world);
    world_open(world, &renamed, NULL);
    assert_int_equal(world_measure(world, "uno").position, 20);
}

static void a_subscriber_that_is_gone_is_listed_until_it_is_forgotten(void **state)
{
    struct world *world = *state;
    char names[100] = "";

    world_open(world, &from_first, &by_default, NULL);
    first.fails_for = "";
    first.failures = 1;
    world_put_many(world, 10, 3);
    world_poll(world);
    world_close(world);
    world_open(world, &by_default, NULL);
    jangle_subscriber_visit(world->jangle, collect, names, NULL);
    assert_string_equal(names, "one two ");
    assert_result(jangle_subscriber_forget(world->jangle, "two", &world->error),
                  JANGLE_INVALID);
    assert_string_equal(world->error.message,
                        "\"two\" belongs to this program: it cannot be forgotten");
    assert_int_equal(world_rows(world, "one"), 1);
    assert_result(jangle_subscriber_forget(world->jangle, "one", &world->error),
                  JANGLE_OK);
    assert_int_equal(world_rows(world, "one"), 0);
    names[0] = '\0';
    jangle_subscriber_visit(world->jangle, collect, names, NULL);
    assert_string_equal(names, "two ");
    assert_result(jangle_subscriber_forget(world->jangle, "one", &world->error),
                  JANGLE_NOT_FOUND);
}

static enum jangle_result visit_dead_letter(void *context,
                                            const struct jangle_dead_letter *letter)
{
    (void)context, (void)letter;
    return JANGLE_OK;
}

/* Each call said it in words of its own, and some of them in the store's. */
static void assert_unknown(struct world *world, const char *name, const char *sentence)
{
    struct jangle *jangle = world->jangle;
    struct jangle_error error = {0};
    struct jangle_subscriber_stats stats;

#define UNKNOWN(call)                                                                    \
    do {                                                                                 \
        assert_result(call, JANGLE_NOT_FOUND);                                           \
        assert_string_equal(error.message, sentence);                                    \
    } while (0)
    UNKNOWN(jangle_measure_subscriber(jangle, name, &stats, &error));
    UNKNOWN(jangle_subscriber_forget(jangle, name, &error));
    UNKNOWN(jangle_subscriber_reset(jangle, name, 0, &error));
    UNKNOWN(jangle_wait(jangle, name, 0, 0, &error));
    UNKNOWN(jangle_replay(jangle, name, NULL, &error));
    UNKNOWN(jangle_dead_letter_retry(jangle, name, 1, &error));
    UNKNOWN(jangle_parked_skip(jangle, name, 1, &error));
    if (!name)
        return; /* for these two NULL is all */
    UNKNOWN(jangle_dead_letter_visit(jangle, name, visit_dead_letter, NULL, &error));
    UNKNOWN(jangle_parked_visit(jangle, name, visit_dead_letter, NULL, &error));
#undef UNKNOWN
}

static void a_name_that_nobody_has_is_told_in_one_wording(void **state)
{
    struct world *world = *state;
    struct jangle_error error;

    world_open(world, &from_first, NULL);
    assert_unknown(world, "nobody", "no subscriber is called \"nobody\"");
    assert_unknown(world, NULL, "no subscriber is named: NULL was given");
    assert_result(jangle_saga_retry(world->jangle, NULL, "1", &error), JANGLE_NOT_FOUND);
    assert_string_equal(error.message, "no saga is named: NULL was given");
    assert_result(jangle_saga_retry(world->jangle, "none", "1", &error),
                  JANGLE_NOT_FOUND);
    assert_string_equal(error.message, "no saga is called \"none\"");
}

/* ---- reset ------------------------------------------------------------------- */

static void a_reset_subscriber_meets_its_events_again(void **state)
{
    struct world *world = *state;

    world_open(world, &from_first, NULL);
    first.fails_for = "1";
    first.failures = -1;
    world_put_many(world, 30, 3);
    world_poll(world);
    assert_int_equal(world_rows(world, "one"), 1);
    assert_result(jangle_subscriber_reset(world->jangle, "one", 12, &world->error),
                  JANGLE_OK);
    assert_int_equal(world_rows(world, "one"), 0);
    assert_int_equal(world_measure(world, "one").position, 12);
    assert_int_equal(world_measure(world, "one").parked, 0);
    first.failures = 0;
    follower_clear(&first);
    world_poll(world);
    follower_assert_all(&first, 13, 30);
    assert_result(jangle_subscriber_reset(world->jangle, "one", 31, &world->error),
                  JANGLE_INVALID);
    assert_string_equal(world->error.message, "the store has no event at position 31");
    assert_result(jangle_subscriber_reset(world->jangle, "one", -1, &world->error),
                  JANGLE_INVALID);
    assert_result(jangle_subscriber_reset(world->jangle, "none", 0, &world->error),
                  JANGLE_NOT_FOUND);
    assert_int_equal(world_measure(world, "one").position, 30);
}

static void a_reset_forward_passes_events_by(void **state)
{
    struct world *world = *state;

    world_open(world, &from_first, NULL);
    world_put_many(world, 30, 3);
    assert_result(jangle_subscriber_reset(world->jangle, "one", 20, &world->error),
                  JANGLE_OK);
    world_poll(world);
    follower_assert_all(&first, 21, 30);
}

static enum jangle_result reset_itself(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    struct world *world = delivery->context;

    (void)event;
    assert_result(jangle_subscriber_reset(world->jangle, "one", 0, &world->error),
                  JANGLE_BUSY);
    return JANGLE_OK;
}

static void a_handler_cannot_reset_what_is_running(void **state)
{
    static const struct jangle_handler handlers[] = {{&coins_put_in, reset_itself}};
    struct world *world = *state;
    const struct jangle_subscriber itself = {.name = "one",
                                             .context = world,
                                             .handlers = JANGLE_ARRAY(handlers),
                                             .start = JANGLE_FROM_FIRST};

    world_open(world, &itself, NULL);
    world_put(world, "1");
    world_poll(world);
    assert_int_equal(world_measure(world, "one").position, 1);
    world_close(world);
}

/* ---- what they cannot read --------------------------------------------------- */

/* Events cannot be deleted: unless one means it. */
static void drop_triggers(sqlite3 *database)
{
    sqlite3_stmt *statement;
    char sql[8][100];
    int count = 0;

    assert_int_equal(
        sqlite3_prepare_v2(database,
                           "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema"
                           " WHERE type = 'trigger' AND tbl_name = 'events'",
                           -1, &statement, NULL),
        SQLITE_OK);
    for (; count < 8 && sqlite3_step(statement) == SQLITE_ROW; count++)
        snprintf(sql[count], sizeof sql[count], "%s",
                 (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    while (count-- > 0)
        assert_int_equal(sqlite3_exec(database, sql[count], 0, 0, 0), SQLITE_OK);
}

static void an_event_of_tomorrow_suspends_and_skips_nothing(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    world_open(world, &from_first, NULL);
    first.fails_at = 2;
    first.failures = 3;
    world_put_many(world, 10, 3);
    world_store(world, "77", 2, "{\"amount\":1,\"total\":1}");
    world_put_many(world, 10, 3);
    for (int i = 0; i < 60; i++) {
        world_poll(world);
        world_pass(world, 300000);
    }
    stats = world_measure(world, "one");
    assert_int_equal(stats.position, 10);
    assert_int_equal(stats.parked + stats.dead, 0);
    assert_true(stats.suspended.us != 0);
    assert_string_equal(stats.reason,
                        "event 11 is a coins_put_in of version 2, and this program knows "
                        "version 1: it needs a newer program");
    follower_assert_all(&first, 1, 10);
    assert_int_equal(follower_calls(&first, 2), 4);
}

static void the_newer_program_goes_on_there(void **state)
{
    static struct jangle_message newer;
    static const struct jangle_handler handlers[] = {{&newer, follower_handle}};
    struct world *world = *state;
    const struct jangle_subscriber new_one = {.name = "one",
                                              .context = &first,
                                              .handlers = JANGLE_ARRAY(handlers),
                                              .elsewhere = JANGLE_EVENTS(&newer),
                                              .start = JANGLE_FROM_FIRST};

    newer = coins_put_in;
    newer.version = 2;
    world_open(world, &from_first, NULL);
    world_put_many(world, 10, 3);
    world_store(world, "77", 2, "{\"amount\":1,\"total\":1}");
    world_put_many(world, 10, 3);
    world_poll(world);
    assert_int_equal(world_measure(world, "one").position, 10);
    world_close(world);
    world->config.aggregates = (struct jangle_aggregates){0};
    world_open(world, &new_one, NULL);
    assert_int_equal(world_measure(world, "one").suspended.us, 0);
    world_poll(world);
    follower_assert_all(&first, 1, 21);
    world_close(world);
}

/* What only another program can read is a dead letter at once, and concerns no
 * other key. */
static void a_malformed_event_is_a_dead_letter_and_never_skipped(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    world_open(world, &from_first, NULL);
    world_put_many(world, 10, 3);
    world_store(world, "77", 1, "{\"amount\":\"one\"}");
    world_store(world, "77", 1, "{\"amount\":1,\"total\":1}");
    world_put_many(world, 10, 3);
    world_poll(world);
    stats = world_measure(world, "one");
    assert_int_equal(stats.position, 22);
    assert_int_equal(stats.dead, 1);
    assert_int_equal(stats.parked, 0);
    assert_non_null(strstr(stats.reason, "amount"));
    assert_int_equal(first.count, 20);
    assert_int_equal(follower_calls(&first, 12), 0);
}

/* Somebody took an event away: whoever follows the log stops there, and says so. */
static void a_hole_in_the_log_is_not_jumped_over(void **state)
{
    struct world *world = *state;
    sqlite3 *database;

    world->config.dispatch_queue_count = 1;
    world_open(world, &from_first, NULL);
    world_put_many(world, 10, 3);
    assert_int_equal(sqlite3_open(world->file, &database), SQLITE_OK);
    drop_triggers(database);
    assert_int_equal(
        sqlite3_exec(database, "DELETE FROM events WHERE position = 6", 0, 0, 0),
        SQLITE_OK);
    sqlite3_close(database);
    assert_result(jangle_poll(world->jangle, NULL, &world->error), JANGLE_OK);
    assert_result(jangle_poll(world->jangle, NULL, &world->error), JANGLE_STORAGE);
    if (!strstr(world->error.message, "event 6 is missing"))
        fail_msg("%s", world->error.message);
    assert_int_equal(world_measure(world, "one").position, 5);
    assert_int_equal(follower_calls(&first, 7), 0);
}

/* What nobody of it wants is skipped, and costs no handler. */
static void events_without_a_handler_are_passed_over(void **state)
{
    static const struct jangle_handler handlers[] = {{&coin_struck, follower_handle}};
    struct world *world = *state;
    const struct jangle_subscriber mint = {.name = "mint",
                                           .context = &first,
                                           .handlers = JANGLE_ARRAY(handlers),
                                           .start = JANGLE_FROM_FIRST};

    world_open(world, &mint, NULL);
    world_put_many(world, 250, 3);
    jangle_send(world->jangle, NULL, strike_coin, .weight = 1);
    world_poll(world);
    assert_int_equal(world_measure(world, "mint").position, 251);
    assert_int_equal(first.count, 1);
    world_close(world);
}

/* ---- what is refused --------------------------------------------------------- */

/* A place whose event is another one: the store is not what it was. */
static void a_checkpoint_of_another_past_is_refused(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoint = {
        .subscriber = "one", .from = 10, .position = 10};
    struct jangle_group group = {.checkpoints = &checkpoint, .checkpoint_count = 1};

    world_open(world, &from_first, NULL);
    world_put_many(world, 10, 3);
    world_poll(world);
    world_close(world);
    world_open(world, NULL, NULL);
    memset(checkpoint.event_id, 7, sizeof checkpoint.event_id);
    assert_result(
        world->jangle->store->ops->commit(world->jangle->store, &group, &world->error),
        JANGLE_OK);
    world_close(world);
    assert_false(world_try_open(world, &from_first, NULL));
    assert_result(world->error.result, JANGLE_INVALID);
    assert_non_null(strstr(world->error.message, "older backup"));
    assert_non_null(strstr(world->error.message, world->file));
}

static void a_checkpoint_beyond_the_end_is_refused(void **state)
{
    struct world *world = *state;
    struct jangle_checkpoint checkpoint = {
        .subscriber = "one", .from = 10, .position = 11};
    struct jangle_group group = {.checkpoints = &checkpoint, .checkpoint_count = 1};

    world_open(world, &from_first, NULL);
    world_put_many(world, 10, 3);
    world_poll(world);
    world_close(world);
    world_open(world, NULL, NULL);
    world->jangle->store->ops->commit(world->jangle->store, &group, &world->error);
    world_close(world);
    assert_false(world_try_open(world, &from_first, NULL));
    assert_result(world->error.result, JANGLE_INVALID);
    assert_non_null(strstr(world->error.message, "lacks event 11, which"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST_IN_FILE(side_effects_begin_with_what_comes_after_their_first_open),
        WORLD_TEST_IN_FILE(the_beginning_is_written_down),
        WORLD_TEST_IN_FILE(a_checkpoint_survives_a_restart),
        WORLD_TEST_IN_FILE(what_closing_cut_short_is_due_at_the_next_opening),
        WORLD_TEST_IN_FILE(a_new_name_takes_the_old_ones_checkpoint),
        WORLD_TEST_IN_FILE(a_subscriber_that_is_gone_is_listed_until_it_is_forgotten),
        WORLD_TEST(a_name_that_nobody_has_is_told_in_one_wording),
        WORLD_TEST(a_reset_subscriber_meets_its_events_again),
        WORLD_TEST(a_reset_forward_passes_events_by),
        WORLD_TEST(a_handler_cannot_reset_what_is_running),
        WORLD_TEST(an_event_of_tomorrow_suspends_and_skips_nothing),
        WORLD_TEST_IN_FILE(the_newer_program_goes_on_there),
        WORLD_TEST(a_malformed_event_is_a_dead_letter_and_never_skipped),
        WORLD_TEST_IN_FILE(a_hole_in_the_log_is_not_jumped_over),
        WORLD_TEST(events_without_a_handler_are_passed_over),
        WORLD_TEST_IN_FILE(a_checkpoint_of_another_past_is_refused),
        WORLD_TEST_IN_FILE(a_checkpoint_beyond_the_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
