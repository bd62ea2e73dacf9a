/* slow.c - a handler of received messages that takes long: longer than its broker
 * would wait, than jangle_close may, and while an operator pauses the consumer. */
#include "support/brokers/watched_broker.h"
#include "support/domains/stranger.h"

#include <jangle/plugin/support.h>

#include <string.h>

enum { LEASE_US = 10000000, STEP_MS = 6000, STEPS = 5 };

static struct neighbours both;
static struct stranger stranger;

/* ---- a handler that waits -------------------------------------------------------- */

/* What the threads of the program and of the test have in common. */
static struct {
    struct jn_mutex mutex;
    struct jn_cond moved;
    int calls;       /* of the handler */
    int tends;       /* of the transport */
    int lost;        /* leases */
    bool shut;       /* the handler does not return before this is false */
    int64_t kept_us; /* when the lease was kept last */
} shared;

static void enter(void)
{
    jn_mutex_lock(&shared.mutex);
}

static void leave(void)
{
    jn_cond_broadcast(&shared.moved);
    jn_mutex_unlock(&shared.mutex);
}

static void wait_until(int *number, int at_least)
{
    enter();
    while (*number < at_least)
        jn_cond_wait(&shared.moved, &shared.mutex);
    leave();
}

static void open_gate(void)
{
    enter();
    shared.shut = false;
    leave();
}

static enum jangle_result wait_at_gate(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    (void)delivery, (void)event;
    enter();
    shared.calls++;
    leave();
    enter();
    while (shared.shut)
        jn_cond_wait(&shared.moved, &shared.mutex);
    leave();
    return JANGLE_OK;
}

/* ---- a broker with a lease ------------------------------------------------------- */

static int64_t now_us(void)
{
    return both.taker.monotonic_us;
}

/* What was received is given back when nobody has called for so long: to the hub that is
 * as if the connection had ended. */
static void keep_lease(void *context, const char *call)
{
    bool over;

    (void)context;
    enter();
    over = now_us() - shared.kept_us > LEASE_US;
    shared.kept_us = now_us();
    shared.lost += over;
    shared.tends += !strcmp(call, "tend");
    leave();
    if (!over)
        return;
    jangle_hub_stop(both.hub);
    jangle_hub_start(both.hub);
}

static enum jangle_result take_long(struct jangle_delivery *delivery,
                                    const struct jangle_event *event)
{
    (void)delivery, (void)event;
    enter();
    shared.calls++;
    leave();
    for (int i = 0; i < STEPS; i++) {
        int tends;

        enter();
        tends = shared.tends;
        leave();
        world_pass(&both.taker, STEP_MS);
        wait_until(&shared.tends, tends + 1);
    }
    return JANGLE_OK;
}

/* As long, at once: nobody can tend. */
static enum jangle_result take_long_alone(struct jangle_delivery *delivery,
                                          const struct jangle_event *event)
{
    (void)delivery, (void)event;
    shared.calls++;
    world_pass(&both.taker, STEPS * STEP_MS);
    return JANGLE_OK;
}

/* ---- the program ----------------------------------------------------------------- */

static const struct jangle_consumer gate_watch = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = wait_at_gate}),
};
static const struct jangle_consumer long_watch = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = take_long}),
};
static const struct jangle_consumer lone_watch = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = take_long_alone}),
};

static struct watched_broker watched;

static int begin(void **state)
{
    (void)state;
    memset(&shared, 0, sizeof shared);
    if (jn_mutex_init(&shared.mutex) || jn_cond_init(&shared.moved))
        return -1;
    neighbours_init(&both, true);
    shared.kept_us = now_us();
    watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub),
                                      .before = keep_lease};
    both.taker.config.broker = watched_broker_make(&watched);
    return 0;
}

/* The queue is there when the taker was polled without threads. */
static void open_taker(const struct jangle_consumer *consumer, int workers)
{
    consume_with(&both.taker, consumer);
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    world_close(&both.taker);
    both.taker.config.workers = workers;
    world_open(&both.taker, NULL);
    stranger_init(&stranger, &both);
}

static int end(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&both);
    jn_cond_finish(&shared.moved);
    jn_mutex_finish(&shared.mutex);
    return 0;
}

static void poll_alone(const struct jangle_consumer *consumer)
{
    if (both.taker.jangle)
        world_close(&both.taker);
    both.taker.config.workers = 0;
    consume_with(&both.taker, consumer);
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
}

/* ---- the tests ------------------------------------------------------------------- */

static void a_slow_handler_is_not_delivered_twice(void **state)
{
    (void)state;
    open_taker(&long_watch, 1);
    stranger_send_many(&stranger, "watch", 1);
    wait_until(&shared.calls, 1);
    world_close(&both.taker); /* which waits for it */
    assert_int_equal(shared.lost, 0);
    assert_true(shared.tends >= STEPS);
    poll_alone(&long_watch);
    assert_int_equal(shared.calls, 1);
    assert_int_equal(stranger_count(&stranger, "watch"), 0);
    assert_int_equal(endpoint_of(&both.taker, "watch").repeated, 0);
}

/* In jangle_poll nobody tends: the message comes again, and is known. */
static void without_threads_it_is_known_when_it_comes_again(void **state)
{
    (void)state;
    open_taker(&lone_watch, 0);
    stranger_send_many(&stranger, "watch", 1);
    world_poll(&both.taker);
    neighbours_pass(&both, 1000);
    world_poll(&both.taker);
    assert_int_equal(shared.lost, 1);
    assert_int_equal(shared.calls, 1);
    assert_int_equal(endpoint_of(&both.taker, "watch").handled, 1);
    assert_int_equal(endpoint_of(&both.taker, "watch").repeated, 1);
    assert_int_equal(stranger_count(&stranger, "watch"), 0);
}

/* A broker that went away has given back what no handler has begun with. */
static enum jangle_result lose_broker(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    (void)delivery, (void)event;
    if (!shared.calls++) {
        world_pass(&both.taker, STEP_MS);
        jangle_hub_stop(both.hub);
    }
    return JANGLE_OK;
}

static const struct jangle_consumer losing_watch = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = lose_broker}),
};

static void when_the_broker_goes_away_no_more_are_begun(void **state)
{
    (void)state;
    open_taker(&losing_watch, 0);
    stranger_send_many(&stranger, "watch", 3);
    world_poll(&both.taker);
    assert_int_equal(shared.calls, 1);
    assert_false(endpoint_of(&both.taker, "watch").connected);
    jangle_hub_start(both.hub);
    neighbours_pass(&both, 60000);
    world_poll(&both.taker);
    assert_int_equal(shared.calls, 3);
    assert_int_equal(endpoint_of(&both.taker, "watch").repeated, 1);
    assert_int_equal(stranger_count(&stranger, "watch"), 0);
}

static void closing_waits_for_its_time_only(void **state)
{
    (void)state;
    shared.shut = true;
    open_taker(&gate_watch, 1);
    stranger_send_many(&stranger, "watch", 3);
    wait_until(&shared.calls, 1);
    assert_result(jangle_close(both.taker.jangle, 50), JANGLE_TIMEOUT);
    open_gate();
    world_close(&both.taker);
    assert_int_equal(shared.calls, 1);
    assert_int_equal(stranger_count(&stranger, "watch"), 2);
    poll_alone(&gate_watch);
    assert_int_equal(shared.calls, 3);
    assert_int_equal(stranger_count(&stranger, "watch"), 0);
}

static void a_pause_gives_back_the_others(void **state)
{
    struct jangle_endpoint_stats stats;

    (void)state;
    shared.shut = true;
    open_taker(&gate_watch, 1);
    stranger_send_many(&stranger, "watch", 3);
    wait_until(&shared.calls, 1);
    assert_result(jangle_pause(both.taker.jangle, "watch", "Ann", "no ink", NULL),
                  JANGLE_OK);
    open_gate();
    do
        stats = endpoint_of(&both.taker, "watch");
    while (stats.handled < 1 || stranger_count(&stranger, "watch") < 2);
    assert_int_equal(shared.calls, 1);
    assert_result(jangle_resume(both.taker.jangle, "watch", NULL), JANGLE_OK);
    wait_until(&shared.calls, 3);
    world_close(&both.taker);
    assert_int_equal(shared.calls, 3);
    assert_int_equal(stranger_count(&stranger, "watch"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
        TEST(a_slow_handler_is_not_delivered_twice),
        TEST(without_threads_it_is_known_when_it_comes_again),
        TEST(when_the_broker_goes_away_no_more_are_begun),
        TEST(closing_waits_for_its_time_only),
        TEST(a_pause_gives_back_the_others),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
