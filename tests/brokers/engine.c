/* engine.c - two programs with a broker between them: events and commands pass once and
 * in order, while the broker is killed, and while each program is closed; and what a
 * program has left behind is removed. */
#include "brokers/engine.h"

#include "support/domains/exchange.h"

enum { EVENTS = 600, THIRD = EVENTS / 3, WAIT_MS = 120000 };

static const struct tested_broker *broker;
static struct neighbours both;

/* ---- how far the taker is ------------------------------------------------- */

static enum jangle_result note_event(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_subscriber watcher = {
    .name = "watcher",
    .handlers = JANGLE_HANDLERS({&coins_seen, note_event}, {&coins_put_in, note_event}),
    .start = JANGLE_FROM_FIRST,
};

/* Until the taker has stored so many events. */
static void wait_for_position(int64_t position)
{
    struct jangle_error error;

    if (jangle_wait(both.taker.jangle, "watcher", position, WAIT_MS, &error))
        fail_msg("%s; %s; %s", error.message, endpoint_of(&both.taker, "watch").reason,
                 endpoint_of(&both.taker, "counter").reason);
}

/* ---- both sides ----------------------------------------------------------- */

static int begin(void **state)
{
    static const struct jangle_clock system_clock;

    (void)state;
    exchange_init(&both, true);
    both.sender.config.host.clock = both.taker.config.host.clock = system_clock;
    both.sender.config.broker = both.taker.config.broker = broker->broker;
    both.sender.config.workers = both.taker.config.workers = 2;
    both.sender.config.reconnect.max_delay_ms = 1000;
    both.taker.config.reconnect.max_delay_ms = 1000;
    return 0;
}

static int end(void **state)
{
    (void)state;
    neighbours_finish(&both);
    return 0;
}

/* The queues are there before anything is published. */
static void open_both(void)
{
    struct jangle_error error;

    world_open(&both.taker, &watcher, NULL);
    if (jangle_declare(both.taker.jangle, NULL, &error))
        fail_msg("%s", error.message);
    world_open(&both.sender, &exchange_forwarder, NULL);
}

static void send_some(int from, int to)
{
    struct jangle_outcome outcome;

    for (int i = from; i < to; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
}

static void assert_whole(void)
{
    world_close(&both.sender);
    world_close(&both.taker);
    both.sender.config.workers = both.taker.config.workers = 0;
    world_open(&both.sender, &exchange_forwarder, NULL);
    world_open(&both.taker, NULL);
    exchange_assert_whole(&both, EVENTS);
}

/* Commands are answered while the broker is away. */
static void all_of_it_passes_though_the_broker_is_killed(void **state)
{
    (void)state;
    open_both();
    send_some(0, THIRD);
    wait_for_position(THIRD / 2);
    assert_true(broker->kill(broker->context));
    send_some(THIRD, 2 * THIRD);
    assert_true(broker->start_again(broker->context));
    wait_for_position(2 * THIRD);
    world_close(&both.taker);
    send_some(2 * THIRD, EVENTS);
    world_open(&both.taker, &watcher, NULL);
    world_close(&both.sender);
    world_open(&both.sender, &exchange_forwarder, NULL);
    wait_for_position(2 * EVENTS);
    assert_whole();
}

static struct jangle_transport *open_visitor(void)
{
    static const struct jangle_host system_host;
    struct jangle_transport *visitor = NULL;

    assert_result(
        broker->broker.open(&broker->broker, &system_host, "visitor", &visitor, NULL),
        JANGLE_OK);
    return visitor;
}

/* The program has had two consumers, and has none now. */
static void what_consumers_have_left_behind_is_removed(void **state)
{
    struct jangle_transport *visitor;
    struct jangle_error error;
    int64_t count;

    (void)state;
    both.taker.config.workers = 0;
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    assert_string_equal(endpoint_of(&both.taker, "watch").reason, "");
    world_close(&both.taker);
    both.taker.config.consumers = (struct jangle_consumers){0};
    world_open(&both.taker, NULL);
    visitor = open_visitor();
    assert_result(visitor->ops->count(visitor, "counter", &count, NULL), JANGLE_OK);
    assert_int_equal(count, 0);
    assert_true(endpoint_of(&both.taker, "counter").left_behind);
    assert_int_equal(endpoint_of(&both.taker, "counter").waiting, 0);
    for (int i = 0; i < 2; i++)
        if (jangle_remove(both.taker.jangle, i ? "watch" : "counter", JANGLE_REMOVE_ALL,
                          &error))
            fail_msg("%s", error.message);
    assert_result(visitor->ops->count(visitor, "counter", &count, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(visitor->ops->count(visitor, "watch.dead", &count, NULL),
                  JANGLE_NOT_FOUND);
    visitor->ops->close(visitor);
}

int engine_try(const struct tested_broker *tested)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it_passes_though_the_broker_is_killed,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_consumers_have_left_behind_is_removed, begin,
                                        end),
    };

    broker = tested;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
