/* sends_stopped.c - a program that stops anywhere in a handler that sends commands, and a
 * store that fails at any call: each is sent once, and the branch taken stays taken. */
#include "support/domains/tills.h"

#include "base/failpoint.h"

#include <jangle/testing.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOPPED = 77 };

/* ---- a handler that moves money, and fails once ------------------------------ */

static int runs;

static enum jangle_result carry(struct jangle_delivery *delivery,
                                const struct jangle_event *event)
{
    const struct paid_out *out = event->data;
    enum jangle_result result =
        jangle_delivery_send(delivery, pay_in, .till_id = out->to_id,
                             .move_id = out->move_id, .amount = out->amount);

    if (result == JANGLE_REJECTED)
        result = jangle_delivery_send(delivery, give_back, .till_id = event->aggregate_id,
                                      .move_id = out->move_id, .amount = out->amount);
    if (!result)
        result = jangle_delivery_send(delivery, call_move, .till_id = event->aggregate_id,
                                      .move_id = out->move_id, .word = "carried");
    if (!result && ++runs == 1)
        return jangle_delivery_fail(delivery, JANGLE_RETRY, "the road is closed");
    return result;
}

static const struct jangle_subscriber courier = {.name = "courier",
                                                 .handlers =
                                                     JANGLE_HANDLERS({&paid_out, carry}),
                                                 .start = JANGLE_FROM_FIRST};
static const struct jangle_aggregates aggregates = JANGLE_AGGREGATES(&till_aggregate);

static void init(struct world *world, bool in_file)
{
    runs = 0;
    world_init(world, in_file);
    world->config.aggregates = aggregates;
}

#define ONCE(world, id, command, ...)                                                    \
    jangle_send_in((world)->jangle, NULL, jangle_envelope(.command_id = (id)), command,  \
                   __VA_ARGS__)

static const char *const targets[][2] = {{"m1", "b"}, {"m2", "c"}, {"m3", "b"}};

static void tell(struct world *world)
{
    ONCE(world, "open-a", open_till, .till_id = "a", .amount = 100);
    ONCE(world, "open-b", open_till, .till_id = "b");
    for (size_t i = 0; i < 3; i++)
        ONCE(world, targets[i][0], pay_out, .till_id = "a", .move_id = targets[i][0],
             .to_id = targets[i][1], .amount = 10);
    for (int i = 0; i < 3; i++) {
        jangle_drain(world->jangle, -1, NULL, NULL);
        world_pass(world, 60000);
    }
}

/* ---- what must be true ------------------------------------------------------- */

/* Whether the till is open now or not: what was answered is true. */
static void check(struct world *world)
{
    int settled[3][2];
    struct jangle_outcome outcome;

    jangle_outcome_of(world->jangle, "m1",
                      &outcome); /* a store that did not know, does */
    for (size_t i = 0; i < 3; i++) {
        settled[i][0] = tills_count_of(world, &paid_in, targets[i][0]);
        settled[i][1] = tills_count_of(world, &given_back, targets[i][0]);
    }
    assert_result(ONCE(world, "open-b", open_till, .till_id = "b"), JANGLE_OK);
    assert_result(ONCE(world, "close-b", close_till, .till_id = "b"), JANGLE_OK);
    assert_result(ONCE(world, "open-c", open_till, .till_id = "c"), JANGLE_OK);
    tell(world);
    world_settle(world, 10);
    for (size_t i = 0; i < 3; i++) {
        int in = tills_count_of(world, &paid_in, targets[i][0]);
        int back = tills_count_of(world, &given_back, targets[i][0]);

        assert_int_equal(in + back, 1);
        assert_true(in >= settled[i][0] && back >= settled[i][1]);
        assert_int_equal(tills_count_of(world, &move_called, targets[i][0]), 1);
    }
    assert_int_equal(tills_content(world, "a") + tills_content(world, "b") +
                         tills_content(world, "c"),
                     100);
}

/* ---- stops ------------------------------------------------------------------- */

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

static bool run_until(struct world *world, int64_t at)
{
    struct stop stop = {.at = at};
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child) {
        jn_failpoint_set(stop_there, &stop);
        if (!world_try_open(world, &courier, NULL))
            _exit(1);
        tell(world);
        _exit(jangle_close(world->jangle, -1) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status))
        assert_int_equal(WEXITSTATUS(status), STOPPED);
    return WEXITSTATUS(status) == STOPPED;
}

static void a_program_that_stops_anywhere_has_sent_each_command_once(void **state)
{
    int64_t at = 1 - TEST_STRIDE;
    bool stopped = true;

    (void)state;
    while (stopped) {
        struct world world;

        at += TEST_STRIDE;
        init(&world, true);
        stopped = run_until(&world, at);
        world_open(&world, &courier, NULL);
        check(&world);
        world_finish(&world);
    }
    print_message("stopped at %lld places\n", (long long)at / TEST_STRIDE);
    assert_true(at > 80);
}

/* ---- a store that fails ------------------------------------------------------ */

static int64_t tell_without(int64_t at, enum jangle_result result)
{
    static struct world world;
    struct jangle_flaky flaky = {.fail_at = at, .result = result};

    init(&world, false);
    flaky.storage = world.config.storage;
    world.config.storage = jangle_storage_flaky(&flaky);
    if (world_try_open(&world, &courier, NULL))
        tell(&world);
    at = flaky.calls;
    flaky.fail_at = 0;
    if (!world.jangle)
        world_open(&world, &courier, NULL);
    check(&world);
    world_finish(&world);
    return at;
}

static void a_store_that_fails_at_any_call_has_each_command_once(void **state)
{
    static const enum jangle_result results[] = {
        JANGLE_STORAGE, JANGLE_BUSY, JANGLE_UNKNOWN, JANGLE_NO_MEMORY, JANGLE_CONFLICT};

    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        int64_t calls = tell_without(0, results[i]);

        assert_true(calls > 40);
        for (int64_t at = 1; at <= calls + 1; at += TEST_STRIDE)
            calls = tell_without(at, results[i]);
    }
}

static void its_places_are_met(void **state)
{
    static const char *const expected[] = {"delivery.before_send", "delivery.after_send"};
    struct world world;
    struct stop never = {0};

    (void)state;
    init(&world, false);
    jn_failpoint_forget();
    jn_failpoint_set(stop_there, &never);
    world_open(&world, &courier, NULL);
    tell(&world);
    jn_failpoint_set(NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
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
        cmocka_unit_test(a_program_that_stops_anywhere_has_sent_each_command_once),
        cmocka_unit_test(a_store_that_fails_at_any_call_has_each_command_once),
        cmocka_unit_test(its_places_are_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
