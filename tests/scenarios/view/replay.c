/* replay.c - views built again: in place, in a scratch file, in any order. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>
#include <sqlite3.h>

#include <stdio.h>
#include <string.h>

/* ---- two views: one takes events in any order, the other counts on their order  */

static bool handler_fails; /* on amounts of 13 */

struct purse_row {
    const char *purse_id;
    int64_t total;
    int64_t version;
};

static JANGLE_UPSERT(purse_row, "purses", key(purse_id), if_newer(total, version));

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event,
                               int64_t amount,
                               int64_t total)
{
    if (handler_fails && amount == 13)
        return jangle_delivery_fail(delivery, JANGLE_RETRY, "thirteen");
    return jangle_view_upsert(delivery->view, purse_row, .purse_id = event->aggregate_id,
                              .total = total, .version = event->version);
}

static enum jangle_result show_put_in(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    const struct coins_put_in *put = event->data;

    return show(delivery, event, put->amount, put->total);
}

static enum jangle_result show_taken_out(struct jangle_delivery *delivery,
                                         const struct jangle_event *event)
{
    const struct coins_taken_out *taken = event->data;

    return show(delivery, event, taken->amount, taken->total);
}

static enum jangle_result add_up(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    return jangle_view_run(
        delivery->view,
        "INSERT INTO sums VALUES (?, ?) ON CONFLICT (purse_id) DO UPDATE"
        " SET sum = sum + excluded.sum",
        event->aggregate_id, ((const struct coins_put_in *)event->data)->amount);
}

/* Wrong on purpose: the last writer wins, whatever it writes. */
static enum jangle_result overwrite(struct jangle_delivery *delivery,
                                    const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT OR REPLACE INTO last VALUES (1, ?)",
                           ((const struct coins_put_in *)event->data)->total);
}

static enum jangle_result post(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static struct jangle_subscriber purses = {
    .name = "purses",
    .handlers =
        JANGLE_HANDLERS({&coins_put_in, show_put_in}, {&coins_taken_out, show_taken_out}),
    .order = JANGLE_ANY_ORDER,
    .retry = {.max_attempts = 2, .first_delay_ms = 1, .max_delay_ms = 1},
    .schema =
        "CREATE TABLE purses (purse_id TEXT PRIMARY KEY, total INTEGER,"
        " version INTEGER) STRICT",
    .schema_version = 1,
};
static const struct jangle_subscriber sums = {
    .name = "sums",
    .handlers = JANGLE_HANDLERS({&coins_put_in, add_up}),
    .schema = "CREATE TABLE sums (purse_id TEXT PRIMARY KEY, sum INTEGER) STRICT",
};
static const struct jangle_subscriber last = {
    .name = "last",
    .handlers = JANGLE_HANDLERS({&coins_put_in, overwrite}),
    .order = JANGLE_ANY_ORDER, /* which is not true */
    .schema = "CREATE TABLE last (one INTEGER PRIMARY KEY, total INTEGER) STRICT",
};
static const struct jangle_subscriber mail = {
    .name = "mail", .handlers = JANGLE_HANDLERS({&coins_put_in, post})};

/* ---- a world ----------------------------------------------------------------- */

struct world {
    bool sqlite;
    char directory[TEMP_PATH_SIZE];
    char path[TEMP_PATH_SIZE];
    jangle_time now;
    uint64_t next;
    struct jangle *jangle;
    struct jangle_error error;
    int tellings, stop_at;
    int meanwhile; /* commands that are sent while a view is replayed */
    struct jangle_progress told;
};

static void open_jangle(struct world *world)
{
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&purses, &sums, &last, &mail),
        .storage = world->sqlite ? jangle_sqlite(world->path) : jangle_memory(),
        .host = {.clock = jangle_clock_fixed(&world->now),
                 .random = jangle_random_counting(&world->next),
                 .logger = jangle_logger_none()},
        .batch_count = 10,
    };

    world->jangle = jangle_open(&config, &world->error);
    if (!world->jangle)
        fail_msg("%s", world->error.message);
}

static int open_world(void **state, bool sqlite)
{
    static struct world world;

    handler_fails = false;
    purses.schema_version = 1;
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

static void reopen(struct world *world)
{
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    open_jangle(world);
}

static void drain(struct world *world)
{
    if (jangle_drain(world->jangle, 60000, NULL, &world->error))
        fail_msg("%s", world->error.message);
}

static void send_some(struct world *world, int count)
{
    char id[8];

    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "%d", i % 7);
        assert_result(jangle_send(world->jangle, NULL, put_in, .purse_id = id,
                                  .amount = 10 + i % 9),
                      JANGLE_OK);
        if (i % 3 == 0)
            jangle_send(world->jangle, NULL, take_out, .purse_id = id, .amount = 5);
    }
    drain(world);
}

/* Behind jangle's back, as a person with another tool would. */
static void alter(struct world *world, const char *view, const char *sql)
{
    char path[TEMP_PATH_SIZE + 20];
    sqlite3 *database;

    snprintf(path, sizeof path, "%s.%s", world->path, view);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(database), 1);
    sqlite3_close(database);
}

static bool tell(void *context, const struct jangle_progress *progress)
{
    struct world *world = context;

    world->now.us += 300000; /* so that the next one is due */
    world->told = *progress;
    assert_true(progress->done <= progress->total);
    for (; world->meanwhile; world->meanwhile--)
        assert_result(
            jangle_send(world->jangle, NULL, put_in, .purse_id = "1", .amount = 10),
            JANGLE_OK);
    return ++world->tellings != world->stop_at;
}

static enum jangle_result
replay(struct world *world, const char *view, struct jangle_replay_options options)
{
    options.progress = tell;
    options.context = world;
    world->tellings = 0;
    return jangle_replay(world->jangle, view, &options, &world->error);
}

#define COMPARE ((struct jangle_replay_options){.compare = true})
#define SHUFFLED                                                                         \
    ((struct jangle_replay_options){.rounds = 3, .shuffled = true, .seed = 7})
#define REBUILD ((struct jangle_replay_options){0})

static void names(struct world *world, const char *word)
{
    if (!strstr(world->error.message, word))
        fail_msg("\"%s\" does not name %s", world->error.message, word);
}

/* ---- comparing --------------------------------------------------------------- */

static void a_sound_view_is_the_same_when_built_again(void **state)
{
    struct world *world = *state;

    send_some(world, 60);
    assert_result(replay(world, "purses", COMPARE), JANGLE_OK);
    assert_int_equal(world->told.tables, 1);
    assert_int_equal(world->told.rows, 7);
    assert_int_equal(world->told.done, 80);
    assert_int_equal(world->told.total, 80);
    assert_result(replay(world, "sums", COMPARE), JANGLE_OK);
}

static void a_shuffled_view_is_the_same_after_three_rounds(void **state)
{
    struct world *world = *state;

    send_some(world, 60);
    assert_result(replay(world, "purses", SHUFFLED), JANGLE_OK);
    assert_int_equal(world->told.round, 3);
    assert_int_equal(world->told.done, 240);
    assert_result(jangle_shuffle(world->jangle, "purses", 3, 42, NULL), JANGLE_OK);
}

static void a_view_that_needs_order_is_not_shuffled(void **state)
{
    struct world *world = *state;

    send_some(world, 9);
    assert_result(replay(world, "sums", SHUFFLED), JANGLE_INVALID);
    names(world, "any order");
    assert_result(replay(world, "sums",
                         (struct jangle_replay_options){.rounds = 2, .compare = true}),
                  JANGLE_INVALID);
}

static void a_view_that_claims_too_much_is_found_out(void **state)
{
    struct world *world = *state;

    send_some(world, 60);
    assert_result(replay(world, "last", SHUFFLED), JANGLE_INVALID);
    names(world, "last");
    names(world, "total");
    names(world, "seed 7");
}

static void a_cell_that_was_altered_is_named(void **state)
{
    struct world *world = *state;

    if (!world->sqlite)
        return;
    send_some(world, 60);
    alter(world, "purses", "UPDATE purses SET total = total + 1 WHERE purse_id = '4'");
    assert_result(replay(world, "purses", COMPARE), JANGLE_INVALID);
    names(world, "purses");
    names(world, "4");
    names(world, "total");
    assert_result(replay(world, "purses", REBUILD), JANGLE_OK);
    assert_result(replay(world, "purses", COMPARE), JANGLE_OK);
}

static void a_row_that_is_missing_is_named(void **state)
{
    struct world *world = *state;

    if (!world->sqlite)
        return;
    send_some(world, 60);
    alter(world, "purses", "DELETE FROM purses WHERE purse_id = '4'");
    assert_result(replay(world, "purses", COMPARE), JANGLE_INVALID);
    names(world, "4");
}

static void what_is_parked_is_not_compared(void **state)
{
    struct world *world = *state;

    handler_fails = true;
    send_some(world, 60);
    assert_result(replay(world, "purses", COMPARE), JANGLE_INVALID);
    names(world, "parked");
}

/* ---- building again ---------------------------------------------------------- */

static void a_rebuilt_view_has_seen_everything(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    send_some(world, 60);
    assert_result(replay(world, "sums", REBUILD), JANGLE_OK);
    assert_result(jangle_measure_subscriber(world->jangle, "sums", &stats, NULL),
                  JANGLE_OK);
    assert_int_equal(stats.position, 80);
    assert_false(stats.replaying);
    assert_result(replay(world, "sums", COMPARE), JANGLE_OK);
    send_some(world, 20);
    assert_result(replay(world, "sums", COMPARE), JANGLE_OK);
}

/* While it is replayed, and no longer. */
static bool measure_meanwhile(void *context, const struct jangle_progress *progress)
{
    struct world *world = context;
    struct jangle_subscriber_stats stats;

    assert_result(
        jangle_measure_subscriber(world->jangle, progress->subscriber, &stats, NULL),
        JANGLE_OK);
    assert_true(stats.replaying);
    assert_result(jangle_replay(world->jangle, progress->subscriber, NULL, &world->error),
                  JANGLE_BUSY);
    names(world, "is being replayed");
    return true;
}

static void a_replay_is_shown_as_a_replay(void **state)
{
    struct world *world = *state;
    struct jangle_replay_options options = {.progress = measure_meanwhile,
                                            .context = world};
    struct jangle_subscriber_stats stats;

    send_some(world, 60);
    assert_result(jangle_replay(world->jangle, "sums", &options, NULL), JANGLE_OK);
    assert_result(jangle_measure_subscriber(world->jangle, "sums", &stats, NULL),
                  JANGLE_OK);
    assert_false(stats.replaying);
}

/* The last batch takes in what was stored after the replay had begun. */
static void progress_never_goes_beyond_the_end(void **state)
{
    struct world *world = *state;

    send_some(world, 6);
    world->meanwhile = 8;
    assert_result(replay(world, "sums", REBUILD), JANGLE_OK);
    assert_int_equal(world->told.done, 10);
    assert_int_equal(world->told.total, 10);
    assert_int_equal(world->told.left_ms, 0);
}

static void a_stopped_rebuild_goes_on_where_it_was(void **state)
{
    struct world *world = *state;

    if (!world->sqlite)
        return;
    send_some(world, 60);
    world->stop_at = 4;
    assert_result(replay(world, "sums", REBUILD), JANGLE_CANCELLED);
    assert_in_range(world->told.done, 10, 70);
    assert_result(replay(world, "sums", COMPARE), JANGLE_CANCELLED);
    world->stop_at = 0;
    assert_result(replay(world, "sums", COMPARE), JANGLE_OK);
    world->stop_at = 1;
    assert_result(replay(world, "sums", REBUILD), JANGLE_CANCELLED);
    assert_in_range(world->told.done, 10, 70);
    world->stop_at = 0;
    assert_result(replay(world, "sums", REBUILD), JANGLE_OK);
    assert_result(replay(world, "sums", COMPARE), JANGLE_OK);
}

static void a_raised_schema_suspends_until_it_is_replayed(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    if (!world->sqlite)
        return;
    send_some(world, 30);
    purses.schema_version = 2;
    reopen(world);
    assert_result(jangle_measure_subscriber(world->jangle, "purses", &stats, NULL),
                  JANGLE_OK);
    assert_int_not_equal(stats.suspended.us, 0);
    assert_non_null(strstr(stats.reason, "schema"));
    assert_result(replay(world, "purses", COMPARE), JANGLE_INVALID);
    send_some(world, 10);
    assert_result(replay(world, "purses", REBUILD), JANGLE_OK);
    jangle_measure_subscriber(world->jangle, "purses", &stats, NULL);
    assert_int_equal(stats.suspended.us, 0);
    assert_int_equal(stats.lag, 0);
    assert_result(replay(world, "purses", COMPARE), JANGLE_OK);
    reopen(world);
    assert_result(replay(world, "purses", COMPARE), JANGLE_OK);
}

/* An event that its handler cannot take parks in the new view as it would in the old. */
static void a_failing_event_does_not_stop_a_rebuild(void **state)
{
    struct world *world = *state;
    struct jangle_left left;
    int64_t done;

    handler_fails = true;
    send_some(world, 60);
    assert_result(replay(world, "purses", REBUILD), JANGLE_OK);
    assert_result(jangle_drain(world->jangle, 1000, &left, NULL), JANGLE_OK);
    assert_true(left.parked + left.dead > 0);
    handler_fails = false;
    do {
        world->now.us += 10000000;
        jangle_poll(world->jangle, &done, NULL);
    } while (done);
    assert_result(jangle_drain(world->jangle, 1000, &left, NULL), JANGLE_OK);
    if (left.dead)
        assert_result(replay(world, "purses", REBUILD), JANGLE_OK);
    assert_result(replay(world, "purses", COMPARE), JANGLE_OK);
}

static void only_views_that_exist_are_replayed(void **state)
{
    struct world *world = *state;

    assert_result(replay(world, "nobody", REBUILD), JANGLE_NOT_FOUND);
    names(world, "nobody");
    assert_result(replay(world, "mail", REBUILD), JANGLE_INVALID);
    names(world, "not a view");
    assert_result(replay(world, "purses", (struct jangle_replay_options){.rounds = 2}),
                  JANGLE_INVALID);
    assert_result(replay(world, "purses", (struct jangle_replay_options){.rounds = -1}),
                  JANGLE_INVALID);
    names(world, "cannot be replayed in -1 rounds: ask for 1 or more");
    assert_result(jangle_replay(world->jangle, "purses", NULL, NULL), JANGLE_OK);
}

#define BOTH(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, in_memory, close_world),                       \
        cmocka_unit_test_setup_teardown(name, in_sqlite, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(a_sound_view_is_the_same_when_built_again),
        BOTH(a_shuffled_view_is_the_same_after_three_rounds),
        BOTH(a_view_that_needs_order_is_not_shuffled),
        BOTH(a_view_that_claims_too_much_is_found_out),
        BOTH(a_cell_that_was_altered_is_named),
        BOTH(a_row_that_is_missing_is_named),
        BOTH(what_is_parked_is_not_compared),
        BOTH(a_rebuilt_view_has_seen_everything),
        BOTH(a_replay_is_shown_as_a_replay),
        BOTH(progress_never_goes_beyond_the_end),
        BOTH(a_stopped_rebuild_goes_on_where_it_was),
        BOTH(a_raised_schema_suspends_until_it_is_replayed),
        BOTH(a_failing_event_does_not_stop_a_rebuild),
        BOTH(only_views_that_exist_are_replayed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
