/* crashing_timeouts.c - a timeout whose reaction ends the process: each attempt is
 * counted, the timeout is given up at its limit, and all other timeouts have their
 * turns. */
#include "support/domains/tills.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CRASHED = 77, ATTEMPTS = 3, DAY_MS = 24 * 3600 * 1000 };

static bool mended, sets_time, has_onlooker;

static enum jangle_result keep_waiting(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    (void)state, (void)event;
    return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 1000));
}

static enum jangle_result crash_or_give_back(struct jangle_turn *turn,
                                             const void *state,
                                             const struct jangle_event *event)
{
    if (sets_time) {
        jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 1000));
        jangle_turn_send(turn, pay_in, .till_id = "b", .move_id = turn->id, .amount = 1);
    }
    if (!mended && strcmp(turn->id, "bad") == 0)
        _exit(CRASHED);
    return move_on_timeout(turn, state, event);
}

static const struct jangle_saga waiting_saga = {
    .name = "waiting",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&paid_out, apply_paid_out}),
    .reactions = JANGLE_REACTIONS({&paid_out, keep_waiting}),
    .on_timeout = crash_or_give_back,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = ATTEMPTS},
};

static int set_up(void **state)
{
    static struct world world;

    mended = sets_time = has_onlooker = false;
    world_init(&world, true);
    *state = &world;
    tills_open(&world, &waiting_saga);
    assert_result(tills_pay_out(&world, "a", "bad", "b", 10), JANGLE_OK);
    assert_result(tills_pay_out(&world, "a", "good", "b", 20), JANGLE_OK);
    world_poll(&world);
    world_close(&world);
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

/* A process that lives as long as it can. True if it was until there is nothing to do. */
static bool live(struct world *world)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child) {
        if (!tills_try_open(world, &waiting_saga))
            _exit(1);
        jangle_drain(world->jangle, -1, NULL, NULL);
        _exit(jangle_close(world->jangle, -1) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == CRASHED || WEXITSTATUS(status) == 0);
    return WEXITSTATUS(status) == 0;
}

/* Another program opens the store and closes it again, and its sagas are not run. */
static void open_and_close(struct world *world)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child)
        _exit(!tills_try_open(world, &waiting_saga) || jangle_close(world->jangle, -1));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Days pass, and processes die, until one has survived two of them. */
static int count_crashes(struct world *world)
{
    int crashes = 0, quiet = 0;

    while (quiet < 2) {
        world_pass(world, DAY_MS);
        if (live(world))
            quiet++;
        else
            crashes++;
        if (has_onlooker)
            open_and_close(world);
        assert_true(crashes < 20);
    }
    return crashes;
}

static enum jangle_result keep(void *context, const struct jangle_dead_letter *letter)
{
    char *reason = context;

    snprintf(reason, 200, "%s: %s", letter->subscriber, letter->reason);
    return JANGLE_OK;
}

/* The first crash leaves no trace: nobody knew. From then on each is counted. */
static void a_timeout_that_ends_the_process_is_given_up(void **state)
{
    struct world *world = *state;
    char reason[200] = "";

    assert_int_equal(count_crashes(world), 1 + ATTEMPTS);
    assert_true(tills_try_open(world, &waiting_saga));
    assert_string_equal(tills_saga(world, "waiting", "bad"), "parked 0");
    assert_string_equal(tills_saga(world, "waiting", "good"), "finished 1");
    assert_int_equal(tills_content(world, "a"), 90);
    assert_result(jangle_dead_letter_visit(world->jangle, NULL, keep, reason, NULL),
                  JANGLE_OK);
    assert_string_equal(reason,
                        "waiting: the process ended while its timeout was handled");
}

static void another_program_that_opens_the_store_forgets_no_crash(void **state)
{
    struct world *world = *state;

    has_onlooker = true;
    assert_int_equal(count_crashes(world), 1 + ATTEMPTS);
    assert_true(tills_try_open(world, &waiting_saga));
    assert_string_equal(tills_saga(world, "waiting", "bad"), "parked 0");
    assert_string_equal(tills_saga(world, "waiting", "good"), "finished 1");
}

/* It is run for an event that comes after it: the event is not to blame, and is not given
 * up with it. */
static void one_that_comes_before_an_event_is_given_up_as_well(void **state)
{
    struct world *world = *state;
    char reason[200] = "";

    assert_true(tills_try_open(world, &waiting_saga));
    world_pass(world, DAY_MS);
    assert_result(tills_pay_out(world, "a", "bad", "b", 5), JANGLE_OK);
    world_close(world);
    assert_in_range(count_crashes(world), ATTEMPTS, 2 + ATTEMPTS);
    assert_true(tills_try_open(world, &waiting_saga));
    assert_string_equal(tills_saga(world, "waiting", "bad"), "parked 0");
    assert_string_equal(tills_saga(world, "waiting", "good"), "finished 1");
    assert_int_equal(world_measure(world, "waiting").dead, 1);
    assert_result(jangle_dead_letter_visit(world->jangle, NULL, keep, reason, NULL),
                  JANGLE_OK);
    assert_string_equal(reason,
                        "waiting: the process ended while its timeout was handled");
}

static void it_can_be_released_when_the_code_is_mended(void **state)
{
    struct world *world = *state;

    count_crashes(world);
    mended = true;
    assert_true(tills_try_open(world, &waiting_saga));
    assert_result(jangle_saga_retry(world->jangle, "waiting", "bad", NULL), JANGLE_OK);
    world_poll(world);
    assert_string_equal(tills_saga(world, "waiting", "bad"), "finished 1");
    assert_int_equal(tills_content(world, "a"), 100);
    assert_int_equal(world_measure(world, "waiting").dead, 0);
}

/* The time that it set in the turn that crashed has come, but the turn is not due. */
static void what_is_tried_later_is_not_looked_at_all_the_time(void **state)
{
    struct world *world = *state;
    int64_t done = 1;

    sets_time = true;
    for (int i = 0; i < 2; i++) {
        world_pass(world, DAY_MS);
        assert_false(live(world));
    }
    assert_true(tills_try_open(world, &waiting_saga));
    for (int i = 0; i < 20; i++)
        assert_result(jangle_poll(world->jangle, &done, &world->error), JANGLE_OK);
    assert_int_equal(done, 0);
    assert_string_equal(tills_saga(world, "waiting", "bad"), "open 1");
    mended = true;
    world_pass(world, DAY_MS);
    world_poll(world);
    assert_string_equal(tills_saga(world, "waiting", "bad"), "finished 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST_IN_FILE(a_timeout_that_ends_the_process_is_given_up),
        WORLD_TEST_IN_FILE(another_program_that_opens_the_store_forgets_no_crash),
        WORLD_TEST_IN_FILE(one_that_comes_before_an_event_is_given_up_as_well),
        WORLD_TEST_IN_FILE(it_can_be_released_when_the_code_is_mended),
        WORLD_TEST_IN_FILE(what_is_tried_later_is_not_looked_at_all_the_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
