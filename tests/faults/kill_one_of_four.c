/* kill_one_of_four.c - of four banks that serve on one file one is killed: the other
 * three go on, and what any of them has answered is true. */
#include "support/effort.h"
#include "support/processes/killed_bank.h"
#include "support/shard.h"
#include "support/test.h"

#include <poll.h>
#include <signal.h>

enum {
    BANKS = 4,
    WARM_UP = 40,     /* answers of OK from each, at most, before one dies */
    AFTERWARDS = 100, /* of each that lives on, at least */
    HITS_MAX = 6,
    TOO_MANY = 50000, /* it should have died long ago */
    TOO_SICK = 5000,  /* answers that are not OK: it does not go on */
    INTERRUPTED = 130 /* the status of a bank that was told to stop */
};

static int set_up(void **state)
{
    (void)state;
    killed_bank_seed();
    killed_bank_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    killed_bank_end();
    return 0;
}

/* Until each has done so many commands, or one has ended: its number, or -1. */
static int serve(struct simulation *simulations, int count, int64_t commands)
{
    struct pollfd ends[BANKS];
    bool all = false;

    for (int i = 0; i < count; i++)
        ends[i] = (struct pollfd){.fd = simulations[i].answers, .events = POLLIN};
    while (!all) {
        assert_true(poll(ends, (nfds_t)count, -1) > 0);
        all = true;
        for (int i = 0; i < count; i++) {
            if (ends[i].revents && !simulation_take(&simulations[i]))
                return i;
            assert_true(simulations[i].count - simulations[i].done < TOO_SICK);
            all = all && simulations[i].done >= commands;
        }
    }
    return -1;
}

/* What was answered so far does not count: what comes later was answered later. */
static void forget_answers(struct simulation *simulation)
{
    struct pollfd end = {.fd = simulation->answers, .events = POLLIN};

    while (poll(&end, 1, 0) > 0 && simulation_take(simulation))
        ;
    simulation->count = simulation->done = 0;
}

static void assert_they_go_on(struct simulation *others, int count)
{
    for (int i = 0; i < count; i++)
        forget_answers(&others[i]);
    serve(others, count, AFTERWARDS);
    for (int i = 0; i < count; i++)
        kill(others[i].process, SIGTERM);
    for (int i = 0; i < count; i++) {
        simulation_assert_end(&others[i], INTERRUPTED, "beside one that died");
        assert_true(others[i].done >= AFTERWARDS);
    }
}

static void wait_for_an_answer(const struct simulation *simulation)
{
    struct pollfd end = {.fd = simulation->answers, .events = POLLIN};

    assert_int_equal(poll(&end, 1, -1), 1);
}

/* Nothing is read before all have answered something: a bank whose pipe is full waits, so
 * that the next one can catch up and begin. The first one, which is to die, runs all
 * views and sagas. */
static void start_all(struct simulation simulations[BANKS], const char *point)
{
    simulations[0] = simulation_start(
        (struct death){.point = point, .hit = 1 + killed_bank_draw(HITS_MAX)});
    wait_for_an_answer(&simulations[0]);
    for (int i = 1; i < BANKS; i++)
        simulations[i] = simulation_start((struct death){0});
    for (int i = 1; i < BANKS; i++)
        wait_for_an_answer(&simulations[i]);
}

static void kill_the_first(const char *point, const char *where)
{
    struct simulation simulations[BANKS];

    start_all(simulations, point);
    assert_int_equal(serve(simulations, BANKS, 1 + killed_bank_draw(WARM_UP)), -1);
    kill(simulations[0].process, point ? SIGUSR1 : SIGKILL);
    assert_int_equal(serve(simulations, BANKS, TOO_MANY), 0);
    simulation_assert_end(&simulations[0], -SIGKILL, where);
    assert_they_go_on(simulations + 1, BANKS - 1);
    killed_bank_check(where);
}

static void when_one_of_four_is_killed_the_others_go_on(void **state)
{
    static const char *const points[] = {
        NULL,           "commit.written",     "turn.commit",   "view.commit.before",
        "saga.in_turn", "saga.before_record", "turn.committed"};

    const int count = sizeof points / sizeof *points;
    int kills = effort_count(EFFORT_FOUR_BANKS) * count;

    (void)state;
    for (int i = 0; i < kills; i += TEST_STRIDE) {
        const char *point = points[i % count];

        if (!shard_takes(i / TEST_STRIDE))
            continue;
        kill_the_first(point, point ? point : "while serving");
        killed_bank_end();
        killed_bank_begin();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(when_one_of_four_is_killed_the_others_go_on,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
