/* ends_first.c - who has the ends of turns stored first, so that they see sagas as they
 * are: looks, operators, timeouts, failures, waits, a close; and who takes a saga over.
 */
#include "support/domains/trip.h"

#include <string.h>

#define set_up    trip_set_up
#define tear_down trip_tear_down

enum { MINUTE_MS = 60000, PATIENCE_MS = 60000 };

static int64_t told; /* the last word of the test */

static bool is_past(struct world *world)
{
    return world_measure(world, "trip").position >= told;
}

static void say(struct world *world, const char *id, const char *word)
{
    trip_say(world, id, word);
    told = world_stats(world).position;
}

/* Two sagas: x has just had a turn with that word, whose end waits. */
static void begin(struct world *world, const char *word)
{
    trip_begin(world, "x");
    trip_begin(world, "y");
    world_poll(world);
    say(world, "x", word);
    watch.ends = watch.records = 0;
    trip.runs = 0;
    trip_run(world);
    assert_int_equal(trip.runs, 1);
    assert_int_equal(watch.ends, 0);
    assert_false(is_past(world));
}

/* ---- looks --------------------------------------------------------------------- */

static enum jangle_result see(void *context, const struct jangle_saga_info *info)
{
    struct jangle_saga_info *seen = context;

    *seen = *info;
    return JANGLE_OK;
}

static struct jangle_saga_info show(struct world *world, const char *id)
{
    struct jangle_saga_info seen = {0};

    assert_result(jangle_saga_show(world->jangle, "trip", id, see, &seen, &world->error),
                  JANGLE_OK);
    return seen;
}

static void a_look_sees_what_has_come_to_its_end(void **state)
{
    struct world *world = *state;
    int64_t turns;

    begin(world, "pay bye");
    turns = world_stats(world).turns;
    assert_int_equal(show(world, "x").status, JANGLE_SAGA_FINISHED);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(world_stats(world).turns, turns + 1);
    assert_true(is_past(world));
}

static void a_list_of_sagas_does_so_too(void **state)
{
    struct world *world = *state;
    struct jangle_saga_info seen = {0};

    begin(world, "bye");
    assert_result(jangle_saga_visit(world->jangle, "trip", JANGLE_SAGA_FINISHED, see,
                                    &seen, &world->error),
                  JANGLE_OK);
    assert_non_null(seen.id);
}

/* What could not be stored is not shown, nor counted. */
static void nobody_sees_an_end_that_is_not_stored(void **state)
{
    struct world *world = *state;
    int64_t turns;

    begin(world, "pay bye");
    turns = world_stats(world).turns;
    watch.refusals = 1;
    watch.refuse_with = JANGLE_BUSY;
    assert_int_equal(show(world, "x").status, JANGLE_SAGA_OPEN);
    assert_int_equal(world_stats(world).turns, turns);
    world_poll(world);
    assert_int_equal(show(world, "x").status, JANGLE_SAGA_FINISHED);
    assert_int_equal(world_stats(world).turns, turns + 1);
}

/* ---- operators ----------------------------------------------------------------- */

static void an_operator_finishes_what_the_last_turn_has_left(void **state)
{
    struct world *world = *state;

    begin(world, "pay");
    assert_result(jangle_saga_finish(world->jangle, "trip", "x", "enough", &world->error),
                  JANGLE_OK);
    assert_int_equal(watch.ends, 1);
    assert_string_equal(tills_saga(world, "trip", "x"), "finished 2");
    world_poll(world);
    assert_int_equal(trip.runs, 1);
    assert_true(is_past(world));
}

static void an_operator_retries_nothing_that_is_over(void **state)
{
    struct world *world = *state;

    begin(world, "pay");
    assert_result(jangle_saga_retry(world->jangle, "trip", "x", &world->error),
                  JANGLE_INVALID);
    assert_result(jangle_saga_resume(world->jangle, "trip", "x", 0, &world->error),
                  JANGLE_INVALID);
    assert_int_equal(watch.ends, 1);
    assert_true(is_past(world));
}

/* A skipped letter stays skipped, also if the program is killed right after that. */
static void an_operator_skips_a_letter_while_another_end_waits(void **state)
{
    struct world *world = *state;
    int64_t letter;

    trip_begin(world, "x");
    trip_begin(world, "y");
    trip.fails_at = "pay no";
    say(world, "y", "pay no");
    letter = world_stats(world).position;
    for (int i = 0; i < 4; i++) {
        world_poll(world);
        world_pass(world, 1000);
    }
    assert_int_equal(world_measure(world, "trip").dead, 1);
    say(world, "x", "pay bye");
    watch.ends = 0;
    trip_run(world);
    assert_int_equal(watch.ends, 0);
    assert_result(jangle_dead_letter_skip(world->jangle, "trip", letter, &world->error),
                  JANGLE_OK);
    assert_int_equal(watch.ends, 1);
    assert_true(is_past(world));
    trip.runs = 0;
    trip_crash(world);
    world_poll(world);
    assert_int_equal(trip.runs, 0);
    assert_string_equal(tills_saga(world, "trip", "x"), "finished 1");
    assert_string_equal(tills_saga(world, "trip", "y"), "open 1");
}

/* ---- timeouts ------------------------------------------------------------------ */

/* The store still has it as due. */
static void a_timeout_comes_not_to_a_saga_whose_end_waits(void **state)
{
    struct world *world = *state;

    trip_begin(world, "x");
    say(world, "x", "late");
    world_poll(world);
    world_pass(world, 59 * MINUTE_MS);
    say(world, "x", "bye");
    trip_run(world);
    world_pass(world, 2 * MINUTE_MS);
    world_poll(world);
    assert_int_equal(trip.timeouts, 0);
    assert_string_equal(tills_saga(world, "trip", "x"), "finished 0");
}

static void a_timeout_that_a_waiting_end_has_set_comes(void **state)
{
    struct world *world = *state;

    begin(world, "late");
    world_pass(world, 61 * MINUTE_MS);
    world_poll(world);
    world_pass(world, MINUTE_MS);
    world_poll(world);
    assert_int_equal(trip.timeouts, 1);
    assert_string_equal(tills_saga(world, "trip", "x"), "finished 0");
}

/* The event comes after the timeout, which only the end that waits knows of. */
static void a_timeout_of_a_waiting_end_comes_before_the_next_event(void **state)
{
    struct world *world = *state;

    begin(world, "late");
    world_pass(world, 61 * MINUTE_MS);
    say(world, "x", "hm");
    say(world, "y", "hm");
    world_poll(world);
    assert_int_equal(trip.timeouts, 1);
    assert_int_equal(trip.runs, 2);
}

/* ---- a turn that fails ----------------------------------------------------------- */

/* Ends are stored before the key is parked, so that no row is ahead of the position. Of a
 * turn that fails because of jangle nothing else is stored. */
static void a_turn_that_fails_has_the_others_stored_first(void **state)
{
    struct world *world = *state;

    trip_begin(world, "x");
    trip_begin(world, "y");
    world_poll(world);
    trip.fails_at = "no";
    trip.fails_with = JANGLE_BUSY;
    say(world, "x", "pay bye");
    say(world, "y", "no");
    say(world, "y", "pay bye");
    watch.ends = 0;
    trip_run(world);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(world_measure(world, "trip").parked, 1);
    assert_true(is_past(world));
    trip.fails_at = NULL;
    world_pass(world, 1000);
    world_poll(world);
    assert_string_equal(tills_saga(world, "trip", "y"), "finished 1");
    assert_int_equal(trip_paid(world, "y"), 1);
}

/* The next turn of the same saga fails, and takes no step: the end before is stored. */
static void a_next_turn_that_fails_stores_the_end_before(void **state)
{
    struct world *world = *state;

    trip_begin(world, "x");
    world_poll(world);
    trip.fails_at = "pay no";
    say(world, "x", "pay");
    say(world, "x", "pay no");
    trip_run(world);
    assert_int_equal(trip.runs, 2);
    assert_string_equal(tills_saga(world, "trip", "x"), "open 2");
    assert_true(is_past(world));
    trip.fails_at = NULL;
    world_pass(world, 1000);
    world_poll(world);
    assert_string_equal(tills_saga(world, "trip", "x"), "open 2");
    assert_int_equal(trip_paid(world, "x"), 2);
    assert_int_equal(world_measure(world, "trip").parked, 0);
}

/* What the turn before has recorded is no step of the one that fails. */
static void a_next_turn_that_fails_forgets_no_step_of_the_one_before(void **state)
{
    struct world *world = *state;

    trip_begin(world, "x");
    world_poll(world);
    trip.fails_at = "no";
    say(world, "x", "note");
    say(world, "x", "no");
    trip_run(world);
    assert_int_equal(trip.runs, 2);
    assert_string_equal(tills_saga(world, "trip", "x"), "open 1");
    trip.fails_at = NULL;
    world_pass(world, 1000);
    say(world, "x", "pay note bye");
    world_poll(world);
    assert_string_equal(tills_saga(world, "trip", "x"), "finished 3");
}

/* ---- waits, and a close ---------------------------------------------------------- */

static void open_with_workers(struct world *world)
{
    world_close(world);
    world->config.workers = 2;
    world->config.host.clock = (struct jangle_clock){0};
    trip_open(world);
}

static void a_drain_waits_for_no_interval(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    open_with_workers(world);
    trip_begin(world, "x");
    say(world, "x", "pay bye");
    assert_result(jangle_drain(world->jangle, PATIENCE_MS, &left, &world->error),
                  JANGLE_OK);
    assert_true(is_past(world));
    assert_string_equal(tills_saga(world, "trip", "x"), "finished 1");
}

static void nor_does_a_wait(void **state)
{
    struct world *world = *state;

    open_with_workers(world);
    trip_begin(world, "x");
    say(world, "x", "hm");
    assert_result(jangle_wait(world->jangle, "trip", world_stats(world).position,
                              PATIENCE_MS, &world->error),
                  JANGLE_OK);
    assert_string_equal(tills_saga(world, "trip", "x"), "open 0");
}

static void a_close_stores_what_waits(void **state)
{
    struct world *world = *state;

    begin(world, "pay bye");
    world_close(world);
    trip_open(world);
    assert_true(is_past(world));
    world_poll(world);
    assert_int_equal(trip.runs, 1);
    assert_string_equal(tills_saga(world, "trip", "x"), "finished 1");
}

/* ---- another program takes it over ------------------------------------------------ */

static void another_program_runs_the_turn_again(void **state)
{
    struct world *world = *state;
    static struct world there;

    there = *world;
    there.directory[0] = '\0';
    there.jangle = NULL;
    there.config.host.clock.context = &there;
    there.config.storage = jangle_sqlite(world->file);
    begin(world, "pay bye");
    tills_open(&there, &trip_saga);
    world_poll(&there);
    assert_string_equal(tills_saga(&there, "trip", "x"), "open 1");
    watch.is_down = true;
    world_close(world);
    world_pass(&there, 1000);
    world_poll(&there);
    assert_int_equal(trip.runs, 2);
    assert_string_equal(tills_saga(&there, "trip", "x"), "finished 1");
    assert_int_equal(trip_paid(&there, "x"), 1);
    world_finish(&there);
    trip_open(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_look_sees_what_has_come_to_its_end),
        WORLD_TEST(a_list_of_sagas_does_so_too),
        WORLD_TEST(nobody_sees_an_end_that_is_not_stored),
        WORLD_TEST(an_operator_finishes_what_the_last_turn_has_left),
        WORLD_TEST(an_operator_retries_nothing_that_is_over),
        WORLD_TEST_IN_FILE(an_operator_skips_a_letter_while_another_end_waits),
        WORLD_TEST(a_timeout_comes_not_to_a_saga_whose_end_waits),
        WORLD_TEST(a_timeout_that_a_waiting_end_has_set_comes),
        WORLD_TEST(a_timeout_of_a_waiting_end_comes_before_the_next_event),
        WORLD_TEST(a_turn_that_fails_has_the_others_stored_first),
        WORLD_TEST(a_next_turn_that_fails_stores_the_end_before),
        WORLD_TEST(a_next_turn_that_fails_forgets_no_step_of_the_one_before),
        WORLD_TEST(a_drain_waits_for_no_interval),
        WORLD_TEST(nor_does_a_wait),
        WORLD_TEST_IN_FILE(a_close_stores_what_waits),
        WORLD_TEST_IN_FILE(another_program_runs_the_turn_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
