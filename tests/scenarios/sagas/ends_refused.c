/* ends_refused.c - the end of a turn waits for a group that takes it along, and is not
 * stored, or nobody knows whether it is: the turn runs again, and no step is taken
 * twice. */
#include "support/domains/trip.h"
#include "support/stores/fault_vfs.h"

#include "core/engine.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define set_up    trip_set_up
#define tear_down trip_tear_down

static const enum jangle_result failures[] = {
    JANGLE_STORAGE, JANGLE_BUSY, JANGLE_NO_MEMORY, JANGLE_CONFLICT, JANGLE_INVALID};
enum { FAILURES = sizeof failures / sizeof *failures };

static int64_t turns(struct world *world)
{
    return world_stats(world).turns;
}

/* A saga whose turn of that word has ended, and its end waits. */
static void begin(struct world *world, const char *id, const char *word)
{
    trip_begin(world, id);
    world_poll(world);
    trip_say(world, id, word);
    watch.ends = watch.records = 0;
    trip.runs = 0;
    trip_run(world);
    assert_int_equal(trip.runs, 1);
}

static void assert_done(struct world *world, const char *id, const char *saga, int paid)
{
    world_poll(world);
    assert_string_equal(tills_saga(world, "trip", id), saga);
    assert_int_equal(trip_paid(world, id), paid);
    assert_int_equal(world_measure(world, "trip").position, world_stats(world).position);
    assert_int_equal(world_measure(world, "trip").parked, 0);
    assert_int_equal(trip.disordered, 0);
}

/* ---- refused alone ----------------------------------------------------------- */

/* Its company is stored. The turn is counted once, though it ran twice. */
static void an_end_that_is_refused_runs_the_turn_again(void **state)
{
    struct world *world = *state;
    char id[8];

    for (int i = 0; i < FAILURES; i++) {
        int64_t before;

        snprintf(id, sizeof id, "%d", i);
        begin(world, id, "pay bye 1");
        before = turns(world);
        watch.refusals = 1;
        watch.refuse_with = failures[i];
        trip_begin(world, "company");
        assert_int_equal(watch.refusals, 0);
        assert_done(world, id, "finished 1", 1);
        assert_int_equal(trip.runs, 2);
        assert_int_equal(turns(world), before + 2); /* one is the company's */
    }
}

static void count_failures(void *context, const struct jangle_log_entry *entry)
{
    *(int *)context += strcmp(entry->topic, "STORE_FAILED") == 0;
}

/* Somebody is woken for a failure of the store, but not because another program died. */
static void a_conflict_is_no_failure_of_the_store(void **state)
{
    struct world *world = *state;
    int told = 0;

    world_close(world);
    world->config.host.logger = (struct jangle_logger){count_failures, &told};
    trip_open(world);
    begin(world, "1", "pay bye 1");
    watch.refusals = 1;
    watch.refuse_with = JANGLE_CONFLICT;
    trip_begin(world, "company");
    assert_done(world, "1", "finished 1", 1);
    assert_int_equal(told, 0);
    begin(world, "2", "pay bye 1");
    watch.refusals = 1;
    watch.refuse_with = JANGLE_STORAGE;
    trip_begin(world, "company");
    assert_done(world, "2", "finished 1", 1);
    assert_int_equal(told, 1);
    world_close(world);
    world->config.host.logger = jangle_logger_none();
    trip_open(world);
}

/* Its saga has gone on from it meanwhile, or goes on from it now. */
static void the_next_turn_does_not_overtake_it(void **state)
{
    struct world *world = *state;
    char id[8];

    for (int i = 0; i < FAILURES; i++) {
        snprintf(id, sizeof id, "%d", i);
        begin(world, id, "pay 1");
        watch.refusals = 1;
        watch.refuse_with = failures[i];
        trip_say(world, id, "hm 2");
        assert_int_equal(watch.refusals, 0);
        trip_say(world, id, "pay 3");
        trip_say(world, id, "pay bye 4");
        assert_done(world, id, "finished 3", 3);
    }
}

/* Ends behind it are stored, and their turns do not run again. */
static void others_are_stored_and_answered_so(void **state)
{
    struct world *world = *state;
    char id[8];

    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, "%d", i);
        trip_begin(world, id);
    }
    world_poll(world);
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, "%d", i);
        trip_say(world, id, i ? "pay bye 1" : "bye 1");
    }
    watch.refusals = 1;
    watch.refuse_with = JANGLE_STORAGE;
    trip.runs = 0;
    world_poll(world);
    assert_int_equal(trip.runs, 10 + 1);
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, "%d", i);
        assert_done(world, id, i ? "finished 1" : "finished 0", i > 0);
    }
}

/* A turn that fails meanwhile is not parked behind an event that comes again. */
static void a_turn_that_fails_after_it_waits_for_it(void **state)
{
    struct world *world = *state;

    trip_begin(world, "y");
    begin(world, "x", "pay bye 1");
    watch.refusals = 1;
    watch.refuse_with = JANGLE_STORAGE;
    trip.fails_at = "pay bye";
    trip_say(world, "y", "pay bye");
    world_poll(world);
    assert_string_equal(tills_saga(world, "trip", "x"), "finished 1");
    assert_int_equal(world_measure(world, "trip").parked, 1);
    trip.fails_at = NULL;
    world_pass(world, 1000);
    assert_done(world, "y", "finished 1", 1);
}

/* What was refused is stored at once when the turn runs again, so that the others go on
 * if it is refused each time. */
static void ends_that_are_always_refused_are_stored_at_once(void **state)
{
    struct world *world = *state;

    watch.refuse_with = JANGLE_STORAGE;
    watch.refuse_each = 1;
    trip_begin(world, "x");
    trip_begin(world, "y");
    world_poll(world);
    trip_say(world, "x", "pay 1");
    trip_say(world, "y", "pay bye 1");
    trip_say(world, "x", "pay bye 2");
    assert_done(world, "x", "finished 2", 2);
    assert_done(world, "y", "finished 1", 1);
    assert_int_equal(watch.ends, 0);
}

/* ---- a group whose end is unknown ---------------------------------------------- */

static void an_end_that_nobody_knows_of_runs_the_turn_again(void **state)
{
    struct world *world = *state;

    for (int is_stored = 0; is_stored < 2; is_stored++) {
        const char *id = is_stored ? "stored" : "lost";

        begin(world, id, "pay 1");
        watch.unknowns = 1;
        watch.are_stored = is_stored;
        world_poll(world);
        assert_int_equal(watch.unknowns, 0);
        assert_int_equal(trip.runs, is_stored ? 1 : 2);
        trip_say(world, id, "pay bye 2");
        assert_done(world, id, "finished 2", 2);
    }
}

/* ---- a fence -------------------------------------------------------------------- */

/* Who stores the end after a fence has passed finds another epoch (ST-31). */
static void an_end_names_the_epoch_that_it_follows(void **state)
{
    struct world *world = *state;
    struct jangle_store *store = world->jangle->store;
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch = 0;

    begin(world, "x", "pay bye 1");
    world_poll(world);
    assert_result(store->ops->identify(store, id, &epoch, &world->error), JANGLE_OK);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.epoch, epoch);
}

static void open_on_a_faulty_disk(struct world *world)
{
    static struct jangle_sqlite_options options = {.vfs = "fault"};

    fault_vfs_register();
    fault_vfs_reset();
    world_close(world);
    world->config.storage = jangle_sqlite_with(world->file, &options);
    trip_open(world);
    world_poll(world);
}

/* The group of the end meets a disk that fails once: what it wrote is there, or is gone,
 * and the fence finds out which, before the turn runs again. */
static void behind_a_fence_the_turn_runs_again(void **state)
{
    static const enum fault_operation operations[] = {FAULT_SYNC, FAULT_WRITE};
    static const int codes[] = {SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE};
    static const char *const ids[] = {"sync", "write"};
    struct world *world = *state;

    open_on_a_faulty_disk(world);
    for (size_t i = 0; i < 2; i++) {
        begin(world, ids[i], "pay 1");
        fault_vfs_fail((struct fault){.operation = operations[i],
                                      .file = "-wal",
                                      .at = 1,
                                      .times = 1,
                                      .code = codes[i]});
        world_poll(world);
        trip_say(world, ids[i], "pay bye 2");
        assert_done(world, ids[i], "finished 2", 2);
        assert_int_equal(trip.runs, i ? 3 : 2);
    }
    fault_vfs_fail((struct fault){.operation = FAULT_NOTHING});
}

/* ---- many at once --------------------------------------------------------------- */

enum { SAGAS = 40, WORDS = 6 };

static void say_all(struct world *world)
{
    char id[8], word[16];

    for (int n = 1; n <= WORDS; n++)
        for (int i = 0; i < SAGAS; i++) {
            snprintf(id, sizeof id, "%d", i);
            snprintf(word, sizeof word, "%s %d",
                     n == WORDS   ? "pay bye"
                     : n % 2 == 0 ? "hm"
                                  : "pay",
                     n);
            trip_say(world, id, word);
        }
}

/* On four threads, in a store that refuses each third group's ends. */
static void no_turn_is_lost_or_doubled_on_many_threads(void **state)
{
    struct world *world = *state;
    struct jangle_left left;
    char id[8];

    world_close(world);
    world->config.workers = 4;
    world->config.checkpoint_interval_ms = 5;
    world->config.host.clock = (struct jangle_clock){0};
    trip_open(world);
    for (int i = 0; i < SAGAS; i++) {
        snprintf(id, sizeof id, "%d", i);
        trip_begin(world, id);
    }
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    watch.refuse_with = JANGLE_BUSY;
    watch.refuse_each = 3;
    say_all(world);
    assert_result(jangle_drain_parked(world->jangle, -1, &left, &world->error),
                  JANGLE_OK);
    assert_int_equal(left.dead, 0);
    assert_int_equal(trip.disordered, 0);
    for (int i = 0; i < SAGAS; i++) {
        snprintf(id, sizeof id, "%d", i);
        assert_string_equal(tills_saga(world, "trip", id), "finished 4");
        assert_int_equal(trip_paid(world, id), 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_end_that_is_refused_runs_the_turn_again),
        WORLD_TEST(a_conflict_is_no_failure_of_the_store),
        WORLD_TEST(the_next_turn_does_not_overtake_it),
        WORLD_TEST(others_are_stored_and_answered_so),
        WORLD_TEST(a_turn_that_fails_after_it_waits_for_it),
        WORLD_TEST(ends_that_are_always_refused_are_stored_at_once),
        WORLD_TEST(an_end_that_nobody_knows_of_runs_the_turn_again),
        WORLD_TEST(an_end_names_the_epoch_that_it_follows),
        WORLD_TEST_IN_FILE(behind_a_fence_the_turn_runs_again),
        WORLD_TEST(no_turn_is_lost_or_doubled_on_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
