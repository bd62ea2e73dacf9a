/* ends.c - the end of a turn waits for a group that takes it along: what that saves, what
 * it must not break, and who has the ends stored first. */
#include "support/domains/trip.h"

#include "command/commit.h"
#include "core/engine.h"

#include <stdio.h>
#include <string.h>

#define set_up    trip_set_up
#define tear_down trip_tear_down

enum { DAY_MS = 86400000 };

static int64_t turns(struct world *world)
{
    return world_stats(world).turns;
}

static int64_t position(struct world *world)
{
    return world_measure(world, "trip").position;
}

static int64_t head(struct world *world)
{
    return world_stats(world).position;
}

static void begin_many(struct world *world, int count)
{
    char id[8];

    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "%d", i);
        trip_begin(world, id);
    }
    world_poll(world);
    watch = (struct watch){0};
}

static void say_to_many(struct world *world, int count, const char *word)
{
    char id[8];

    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof id, "%d", i);
        trip_say(world, id, word);
    }
}

/* ---- what it saves ----------------------------------------------------------- */

/* Of five turns with a step each, four ends are stored with the step of the next one. */
static void an_end_costs_no_commit_of_its_own(void **state)
{
    struct world *world = *state;

    begin_many(world, 5);
    say_to_many(world, 5, "pay bye");
    watch = (struct watch){0};
    trip_run(world);
    assert_int_equal(trip.runs, 5);
    assert_int_equal(watch.commits, 5);
    assert_int_equal(watch.ends, 4);
    world_poll(world);
    assert_int_equal(watch.commits, 6);
    assert_int_equal(watch.records, 10);
    assert_string_equal(tills_saga(world, "trip", "4"), "finished 1");
}

/* The next turn goes on from what is in memory, and its step stores both: no turn waits
 * for company that never comes. */
static void turns_of_one_saga_share_commits_too(void **state)
{
    struct world *world = *state;

    begin_many(world, 1);
    for (int i = 0; i < 5; i++)
        trip_say(world, "0", i < 4 ? "pay" : "pay bye");
    watch = (struct watch){0};
    trip_run(world);
    assert_int_equal(trip.runs, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(trip.words[i], i + 1);
    assert_int_equal(watch.commits, 5);
    assert_int_equal(watch.ends, 0);
    assert_int_equal(turns(world), 1 + 4);
    world_poll(world);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.records, 6);
    assert_int_equal(turns(world), 1 + 5);
    assert_string_equal(tills_saga(world, "trip", "0"), "finished 5");
}

/* A turn without a step is stored with the end of the next: one record stands for all. */
static void turns_without_steps_end_as_one(void **state)
{
    struct world *world = *state;

    trip_begin(world, "x");
    for (int i = 0; i < 3; i++)
        trip_say(world, "x", "hm");
    watch = (struct watch){0};
    trip_run(world);
    assert_int_equal(watch.commits, 0);
    assert_int_equal(turns(world), 0);
    world_poll(world);
    assert_int_equal(watch.records, 1);
    assert_int_equal(turns(world), 4);
    assert_int_equal(position(world), head(world));
    trip_say(world, "x", "hm");
    world_poll(world);
    assert_int_equal(trip.words[3], 4);
}

/* ---- where the position is --------------------------------------------------- */

static void the_position_passes_what_is_stored(void **state)
{
    struct world *world = *state;
    int64_t before;

    begin_many(world, 3);
    before = position(world);
    assert_int_equal(before, head(world));
    say_to_many(world, 3, "pay bye");
    trip_run(world);
    assert_int_equal(position(world), before + 2); /* the ends of two came with steps */
    world_poll(world);
    assert_int_equal(position(world), head(world));
}

/* A checkpoint is in no group with the end that it passes, because the members of a group
 * may be stored one by one. Here the end alone is not, and the program is killed. */
static void a_checkpoint_is_never_beside_the_end_that_it_passes(void **state)
{
    struct world *world = *state;

    begin_many(world, 3);
    say_to_many(world, 3, "pay bye");
    trip_run(world);
    watch.refusals = 1;
    watch.refuse_with = JANGLE_STORAGE;
    trip_begin(world, "company");
    assert_int_equal(watch.refusals, 0);
    trip_crash(world);
    assert_memory_equal(tills_saga(world, "trip", "2"), "open", 4);
    world_poll(world);
    assert_string_equal(tills_saga(world, "trip", "2"), "finished 1");
    assert_int_equal(trip_paid(world, "2"), 1);
    assert_false(watch.mark_too_far);
}

/* The same in a life of many groups, each with a checkpoint. */
static void checkpoints_follow_ends(void **state)
{
    struct world *world = *state;
    bool too_far = false;

    begin_many(world, 10);
    for (int round = 0; round < 5; round++) {
        say_to_many(world, 10, round % 2 ? "pay" : "hm");
        trip_run(world);
        too_far |= watch.mark_too_far;
    }
    world_poll(world);
    assert_false(too_far || watch.mark_too_far);
    assert_true(watch.mark > 0);
    assert_int_equal(position(world), head(world));
}

/* ---- a crash ------------------------------------------------------------------ */

/* The turn runs again, and its step is answered from its record. */
static void a_crash_before_the_end_is_stored_runs_the_turn_again(void **state)
{
    struct world *world = *state;

    begin_many(world, 2);
    say_to_many(world, 2, "pay bye");
    trip_run(world);
    assert_int_equal(trip.runs, 2);
    trip_crash(world);
    world_poll(world);
    assert_int_equal(trip.runs, 3); /* the end of the first came with the second's step */
    assert_string_equal(tills_saga(world, "trip", "0"), "finished 1");
    assert_string_equal(tills_saga(world, "trip", "1"), "finished 1");
    assert_int_equal(trip_paid(world, "0") + trip_paid(world, "1"), 2);
}

/* Its next turn had taken a step, which stored both. */
static void a_crash_in_the_next_turn_loses_neither(void **state)
{
    struct world *world = *state;

    begin_many(world, 1);
    trip_say(world, "0", "pay");
    trip_say(world, "0", "pay bye");
    trip_run(world);
    trip_crash(world);
    trip.runs = 0;
    world_poll(world);
    assert_int_equal(trip.runs, 1);
    assert_int_equal(trip.words[0], 2);
    assert_string_equal(tills_saga(world, "trip", "0"), "finished 2");
    assert_int_equal(trip_paid(world, "0"), 2);
}

/* ---- how many wait, and how long ----------------------------------------------- */

static void no_more_than_64_wait(void **state)
{
    struct world *world = *state;
    enum { MANY = JN_ENDS_LIMIT + 10 };

    begin_many(world, MANY);
    say_to_many(world, MANY, "bye");
    watch = (struct watch){0};
    trip_run(world);
    assert_int_equal(trip.runs, MANY);
    assert_int_equal(watch.commits, 1); /* that of the next one takes them all along */
    assert_int_equal(watch.most, JN_ENDS_LIMIT);
    assert_int_equal(watch.records, JN_ENDS_LIMIT + 1);
    world_poll(world);
    assert_int_equal(watch.commits, 2);
    assert_int_equal(watch.records, MANY);
}

/* An event of another program, which brings no group of this one. */
static void say_elsewhere(struct world *world, int64_t version)
{
    static const char payload[] = "{\"move_id\":\"1\",\"word\":\"hm\"}";
    struct jangle_store *store = world->jangle->store;
    struct jangle_record record = {.kind = "till",
                                   .id = "elsewhere",
                                   .version = version,
                                   .type = "move_called",
                                   .type_version = 1,
                                   .at = {world->now_us},
                                   .payload = payload,
                                   .payload_size = sizeof payload - 1,
                                   .meta = "{}"};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    memset(record.event_id, (int)version, sizeof record.event_id);
    assert_result(store->ops->commit(store, &group, &world->error), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

/* They wait as long as a checkpoint may. */
static void they_wait_no_longer_than_a_checkpoint(void **state)
{
    struct world *world = *state;

    begin_many(world, 2);
    world_rows(world, "trip"); /* the checkpoint is stored, and so not due */
    trip_say(world, "0", "bye");
    trip_run(world);
    say_elsewhere(world, 1);
    world_pass(world, DAY_MS - 1000);
    trip_run(world);
    assert_int_equal(trip.runs, 2);
    assert_int_equal(watch.ends, 0);
    say_elsewhere(world, 2);
    world_pass(world, 1000);
    trip_run(world);
    assert_int_equal(trip.runs, 3);
    assert_int_equal(trip.ends[2], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_end_costs_no_commit_of_its_own),
        WORLD_TEST(turns_of_one_saga_share_commits_too),
        WORLD_TEST(turns_without_steps_end_as_one),
        WORLD_TEST(the_position_passes_what_is_stored),
        WORLD_TEST_IN_FILE(a_checkpoint_is_never_beside_the_end_that_it_passes),
        WORLD_TEST(checkpoints_follow_ends),
        WORLD_TEST_IN_FILE(a_crash_before_the_end_is_stored_runs_the_turn_again),
        WORLD_TEST_IN_FILE(a_crash_in_the_next_turn_loses_neither),
        WORLD_TEST(no_more_than_64_wait),
        WORLD_TEST(they_wait_no_longer_than_a_checkpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
