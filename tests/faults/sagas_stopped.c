/* sagas_stopped.c - a program that stops anywhere in a saga's turn: the next one goes on,
 * nothing is sent twice, the money is all there. */
#include "support/domains/moves.h"
#include "support/shard.h"

#include "base/failpoint.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOPPED = 77 };

struct stop {
    int64_t at, hits;
};

static void stop_there(void *context, const char *name)
{
    struct stop *stop = context;

    (void)name;
    if (++stop->hits == stop->at)
        _exit(STOPPED);
}

static void live(struct world *world)
{
    if (!moves_open(world))
        _exit(1);
    moves_tell(world);
    if (jangle_close(world->jangle, -1))
        _exit(1);
}

/* True if it stopped there; false if it lived to the end. */
static bool run_until(struct world *world, int64_t at, void (*life)(struct world *world))
{
    struct stop stop = {.at = at};
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child) {
        jn_failpoint_set(stop_there, &stop);
        life(world);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status))
        assert_int_equal(WEXITSTATUS(status), STOPPED);
    return WEXITSTATUS(status) == STOPPED;
}

static void open_and_check(struct world *world)
{
    if (!moves_open(world))
        fail_msg("%s", world->error.message);
    moves_check(world);
}

static void a_program_that_stops_anywhere_is_continued(void **state)
{
    int64_t stride = TEST_STRIDE * shard_count();
    int64_t at = 1 + TEST_STRIDE * shard_index() - stride;
    bool stopped = true;

    (void)state;
    while (stopped) {
        struct world world;

        at += stride;
        world_init(&world, true);
        stopped = run_until(&world, at, live);
        open_and_check(&world);
        world_finish(&world);
    }
    print_message("stopped at %lld places\n", (long long)(at / stride));
    assert_true(at > 100);
}

/* Each time a new one goes on, and stops a little later. An event may be the one that is
 * being handled at many of the stops in a row: it must not be given up for that. */
static void programs_that_stop_one_after_the_other_come_to_the_end(void **state)
{
    struct world world;
    int64_t at = 1;

    (void)state;
    world_init(&world, true);
    world.config.saga_retry.max_attempts = 1000;
    while (run_until(&world, at, live))
        at += TEST_STRIDE;
    assert_true(at > 10);
    open_and_check(&world);
    world_finish(&world);
}

/* ---- a timeout that is given up ---------------------------------------------- */

static enum jangle_result
give_up(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    return jangle_turn_fail(turn, JANGLE_REJECTED, "no time for timeouts");
}

/* No event of it waits: its timeout is all there is. */
static enum jangle_result
wait_for_it(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    if (turn->id[0] != 't')
        return jangle_turn_finish(turn);
    return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 3600000));
}

static bool open_hopeless(struct world *world)
{
    static const struct jangle_reaction waits[] = {{&paid_out, wait_for_it}};
    static struct jangle_saga hopeless;

    hopeless = mover_saga;
    hopeless.reactions = (struct jangle_reactions)JANGLE_ARRAY(waits);
    hopeless.on_timeout = give_up;
    hopeless.retry.max_attempts = 1;
    return tills_try_open(world, &hopeless);
}

static void live_without_hope(struct world *world)
{
    if (!open_hopeless(world))
        _exit(1);
    moves_tell(world);
    if (jangle_close(world->jangle, -1))
        _exit(1);
}

static void check_dead_letters(struct world *world)
{
    struct jangle_left left;

    if (!open_hopeless(world))
        fail_msg("%s", world->error.message);
    moves_tell(world);
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_memory_equal(tills_saga(world, "mover", "t1"), "parked", 6);
    assert_int_equal(left.dead, 1);
    assert_int_equal(left.parked + left.future, 0);
}

/* A saga that nothing moves any more is in a person's list, always. */
static void a_saga_is_never_parked_without_its_dead_letter(void **state)
{
    int64_t stride = TEST_STRIDE * shard_count();
    int64_t at = 1 + TEST_STRIDE * shard_index() - stride;
    bool stopped = true;

    (void)state;
    while (stopped) {
        struct world world;

        at += stride;
        world_init(&world, true);
        stopped = run_until(&world, at, live_without_hope);
        check_dead_letters(&world);
        world_finish(&world);
    }
    assert_true(at > 100);
}

/* ---- a turn that is given up, and times out ---------------------------------- */

static bool open_mortal(struct world *world)
{
    static struct jangle_saga mortal;

    mortal = mover_saga;
    mortal.retry.max_attempts = 1;
    return tills_try_open(world, &mortal);
}

static void live_mortal(struct world *world)
{
    if (!open_mortal(world))
        _exit(1);
    moves_tell(world);
    if (jangle_close(world->jangle, -1))
        _exit(1);
}

/* The timeout took its letter away, or it will. */
static void a_turn_that_has_timed_out_leaves_no_dead_letter(void **state)
{
    int64_t stride = TEST_STRIDE * shard_count();
    int64_t at = 1 + TEST_STRIDE * shard_index() - stride;
    bool stopped = true;

    (void)state;
    while (stopped) {
        struct world world;

        at += stride;
        world_init(&world, true);
        stopped = run_until(&world, at, live_mortal);
        if (!open_mortal(&world))
            fail_msg("%s", world.error.message);
        moves_check(&world);
        world_finish(&world);
    }
    assert_true(at > 100);
}

static void every_place_is_met(void **state)
{
    static const char *const expected[] = {
        "saga.before_step",   "saga.after_step",   "saga.before_record",
        "saga.in_turn",       "saga.after_record", "commit.before_store",
        "commit.after_store", "end.waits",         "end.stored"};
    struct world world;
    struct stop never = {0};

    (void)state;
    world_init(&world, true);
    jn_failpoint_forget();
    jn_failpoint_set(stop_there, &never);
    live(&world);
    world.jangle = NULL;
    jn_failpoint_set(NULL, NULL);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        bool met = false;

        for (size_t n = 0; jn_failpoint_name(n); n++)
            met |= !strcmp(jn_failpoint_name(n), expected[i]);
        if (!met)
            fail_msg("nothing came to %s", expected[i]);
    }
    world_finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_stops_anywhere_is_continued),
        cmocka_unit_test(programs_that_stop_one_after_the_other_come_to_the_end),
        cmocka_unit_test(a_saga_is_never_parked_without_its_dead_letter),
        cmocka_unit_test(a_turn_that_has_timed_out_leaves_no_dead_letter),
        cmocka_unit_test(every_place_is_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
