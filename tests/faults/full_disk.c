/* full_disk.c - when the disk is full or fails, commands end with a sentence, nothing
 * that was acknowledged is lost, and work goes on when it can. */
#include "support/domains/purse.h"
#include "support/stores/fault_vfs.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static enum jangle_result add(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    return jangle_view_run(delivery->view,
                           "INSERT INTO purses VALUES (?, ?) ON CONFLICT (purse_id)"
                           " DO UPDATE SET total = total + excluded.total",
                           event->aggregate_id,
                           ((const struct coins_put_in *)event->data)->amount);
}

struct get_sum {
    int64_t unused;
};

struct purse_sum {
    int64_t total;
};

static JANGLE_STRUCT(purse_sum, total);
static JANGLE_QUERY(get_sum, unused, answer(purse_sum));

static enum jangle_result answer_sum(struct jangle_answer *answer,
                                     const struct jangle_query *query)
{
    struct purse_sum sum;

    jangle_view_row(query->view, &sum, purse_sum,
                    "SELECT coalesce(sum(total), 0) AS total FROM purses");
    return jangle_answer_with(answer, purse_sum, .total = sum.total);
}

static const struct jangle_subscriber totals = {
    .name = "totals",
    .handlers = JANGLE_HANDLERS({&coins_put_in, add}),
    .answerers = JANGLE_ANSWERERS({&get_sum, answer_sum}),
    .schema = "CREATE TABLE purses (purse_id TEXT PRIMARY KEY, total INTEGER) STRICT",
};

struct world {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    jangle_time now;
    struct jangle_outcome outcome;
    struct jangle *jangle;
    int64_t acknowledged; /* the sum of it */
};

static void open_jangle(struct world *world)
{
    struct jangle_sqlite_options options = {.vfs = fault_vfs_register(),
                                            .wal_checkpoint_frames = 50};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&totals),
        .storage = jangle_sqlite_with(world->path, &options),
        .host = {.clock = jangle_clock_fixed(&world->now),
                 .logger = jangle_logger_none()},
    };
    struct jangle_error error = {0};

    world->jangle = jangle_open(&config, &error);
    if (!world->jangle)
        fail_msg("%s", error.message);
}

static int open_world(void **state)
{
    static struct world world;

    world = (struct world){.now = {1000000}};
    if (!temp_directory_make(world.directory))
        return 1;
    temp_directory_path(world.path, world.directory, "purses.db");
    fault_vfs_register();
    fault_vfs_reset();
    open_jangle(&world);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    temp_directory_remove(world->directory);
    return 0;
}

static enum jangle_result send_one(struct world *world, int number)
{
    char id[16];
    enum jangle_result result;

    snprintf(id, sizeof id, "%d", number % 50);
    result = jangle_send(world->jangle, &world->outcome, put_in, .purse_id = id,
                         .amount = number + 1);
    if (!result)
        world->acknowledged += number + 1;
    return result;
}

/* Everything that was acknowledged is in the view, and nothing else. */
static void check_sum(struct world *world)
{
    struct jangle_answer answer = {0};
    struct jangle_error error = {0};
    int64_t done;

    for (int i = 0; i < 100; i++) { /* back-offs are over */
        world->now.us += 60000000;
        jangle_poll(world->jangle, &done, NULL);
    }
    if (jangle_drain(world->jangle, 10000, NULL, &error))
        fail_msg("%s", error.message);
    assert_result(jangle_ask(world->jangle, &answer, get_sum, .unused = 0), JANGLE_OK);
    assert_int_equal(((const struct purse_sum *)answer.data)->total, world->acknowledged);
    jangle_answer_free(&answer);
}

/* A command that needs several pages may find no room when a smaller one still does. */
static void fill_the_disk(struct world *world, int64_t room)
{
    int number = 0;

    fault_vfs_set_room(room);
    for (int refused = 0; refused < 20; refused++)
        while (!send_one(world, refused)) {
            number++;
            refused = 0;
        }
    assert_true(number > 0);
}

static void commands_are_refused_with_a_sentence_until_there_is_room(void **state)
{
    struct world *world = *state;
    struct jangle_stats before, after;
    enum jangle_result result;

    fill_the_disk(world, 200000);
    jangle_measure(world->jangle, &before);
    for (int i = 0; i < 20; i++) {
        result = send_one(world, i);
        if (result != JANGLE_STORAGE && result != JANGLE_BUSY)
            fail_msg("%d %s: %s", i, jangle_result_name(result),
                     world->outcome.error.message);
        if (!strstr(world->outcome.error.message, "purses.db"))
            fail_msg("\"%s\" does not say where", world->outcome.error.message);
    }
    jangle_measure(world->jangle, &after);
    assert_int_equal(after.position, before.position);
    fault_vfs_set_room(-1);
    for (int i = 0; i < 20; i++)
        assert_result(send_one(world, i), JANGLE_OK);
    check_sum(world);
}

static void a_view_that_finds_no_room_goes_on_when_there_is(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    for (int i = 0; i < 200; i++)
        assert_result(send_one(world, i), JANGLE_OK);
    fault_vfs_set_room(0);
    assert_int_not_equal(jangle_drain(world->jangle, 1000, &left, NULL), JANGLE_OK);
    fault_vfs_set_room(-1);
    check_sum(world);
    jangle_drain(world->jangle, 1000, &left, NULL);
    assert_int_equal(left.parked + left.dead, 0);
}

static void what_was_acknowledged_is_there_after_reopening(void **state)
{
    struct world *world = *state;

    fill_the_disk(world, 150000);
    jangle_close(world->jangle, -1);
    fault_vfs_set_room(-1);
    open_jangle(world);
    check_sum(world);
}

/* The command had no id of its own: its events tell. */
static void the_outcome_of_an_unknown_is_found(void **state)
{
    struct world *world = *state;
    enum jangle_result result = JANGLE_BUSY;
    struct jangle_outcome found;

    for (int i = 0; i < 10; i++)
        assert_result(send_one(world, i), JANGLE_OK);
    fault_vfs_fail((struct fault){.operation = FAULT_SYNC,
                                  .file = "-wal",
                                  .at = 1,
                                  .times = 1,
                                  .code = SQLITE_IOERR_FSYNC});
    assert_result(send_one(world, 10), JANGLE_UNKNOWN);
    for (int i = 0; i < 10 && result == JANGLE_BUSY; i++)
        result = jangle_outcome_of(world->jangle, world->outcome.command_id, &found);
    assert_true(result == JANGLE_OK || result == JANGLE_NOT_FOUND);
    if (result == JANGLE_OK)
        world->acknowledged += 11;
    assert_result(send_one(world, 11), JANGLE_OK);
    check_sum(world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commands_are_refused_with_a_sentence_until_there_is_room),
        TEST(a_view_that_finds_no_room_goes_on_when_there_is),
        TEST(the_outcome_of_an_unknown_is_found),
        TEST(what_was_acknowledged_is_there_after_reopening),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
