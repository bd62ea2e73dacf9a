/* memory.c - each allocation fails once, while messages are published or
 * received: no leak, no message that is lost or doubled, and both programs go on. */
#include "support/domains/exchange.h"
#include "support/failing_allocator.h"
#include "support/shard.h"

enum { EVENTS = 6, ROUNDS = 40 };

static struct neighbours both;
static struct failing_allocator memory;

static bool on_logs; /* the queues of the hub are logs */

static void init_both(void)
{
    exchange_init(&both, false);
    if (on_logs)
        both.sender.config.broker = both.taker.config.broker =
            jangle_hub_log_broker(both.hub);
}

static void send_all(void)
{
    struct jangle_outcome outcome;

    for (int i = 0; i < EVENTS; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
}

/* All of it is there in the end; returns how many allocations there were. */
static int64_t finish(void)
{
    int64_t calls;

    exchange_settle(&both, EVENTS, ROUNDS);
    calls = memory.calls;
    failing_allocator_arm(&memory, 0);
    exchange_assert_whole(&both, EVENTS);
    neighbours_finish(&both);
    assert_int_equal(memory.pieces, 0);
    return calls;
}

/* One of the two has its memory from the allocator. It fails after both are open. */
static int64_t run_without(struct world *world, int64_t at)
{
    init_both();
    failing_allocator_init(&memory, 0);
    world->config.host.allocator = memory.allocator;
    exchange_open_both(&both);
    send_all();
    failing_allocator_arm(&memory, at);
    return finish();
}

/* From that allocation on there is no memory, for half an hour. */
static int64_t run_half_an_hour_without(struct world *world, int64_t at)
{
    init_both();
    failing_allocator_init(&memory, 0);
    world->config.host.allocator = memory.allocator;
    exchange_open_both(&both);
    send_all();
    failing_allocator_arm(&memory, at);
    memory.for_good = at > 0;
    for (int minute = 0; minute < 30; minute++) {
        for (int n = 0; n < 5; n++) {
            jangle_poll(both.sender.jangle, NULL, NULL);
            jangle_poll(both.taker.jangle, NULL, NULL);
        }
        neighbours_pass(&both, 60000);
    }
    memory.for_good = false;
    memory.fail_at = 0;
    return finish();
}

static int64_t sender_half_an_hour_without(int64_t at)
{
    return run_half_an_hour_without(&both.sender, at);
}

static int64_t taker_half_an_hour_without(int64_t at)
{
    return run_half_an_hour_without(&both.taker, at);
}

static int64_t sender_without(int64_t at)
{
    return run_without(&both.sender, at);
}

static int64_t taker_without(int64_t at)
{
    return run_without(&both.taker, at);
}

static int64_t hub_without(int64_t at)
{
    struct jangle_host host = {0};

    init_both();
    jangle_hub_close(both.hub);
    failing_allocator_init(&memory, 0);
    host = both.sender.config.host;
    host.allocator = memory.allocator;
    both.hub = jangle_hub_open(&host);
    both.sender.config.broker = both.taker.config.broker = jangle_hub_broker(both.hub);
    exchange_open_both(&both);
    send_all();
    failing_allocator_arm(&memory, at);
    return finish();
}

/* It fails from the start: the program may not open, and is opened again. */
static int64_t open_without(struct world *world, int64_t at)
{
    init_both();
    failing_allocator_init(&memory, at);
    world->config.host.allocator = memory.allocator;
    if (!exchange_try_open(&both, &both.taker)) {
        assert_int_equal(memory.pieces, 0);
        exchange_open(&both, &both.taker);
    }
    for (int i = 0; i < 5; i++) { /* its queues are there after some attempts */
        neighbours_pass(&both, 40000);
        for (int n = 0; n < 10; n++)
            jangle_poll(both.taker.jangle, NULL, NULL);
    }
    if (!exchange_try_open(&both, &both.sender)) {
        assert_int_equal(world == &both.taker ? 0 : memory.pieces, 0);
        exchange_open(&both, &both.sender);
    }
    for (int i = 0; i < EVENTS; i++) {
        struct jangle_outcome outcome;

        if (exchange_send(&both, i, &outcome))
            assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
    }
    return finish();
}

static int64_t sender_opens_without(int64_t at)
{
    return open_without(&both.sender, at);
}

static int64_t taker_opens_without(int64_t at)
{
    return open_without(&both.taker, at);
}

static void sweep(int64_t (*run)(int64_t at), int64_t fewest)
{
    int64_t calls = run(0);

    print_message("%lld allocations\n", (long long)calls);
    assert_true(calls > fewest);
    for (int64_t at = 1; at <= calls + 1; at += TEST_STRIDE)
        if (shard_takes(at / TEST_STRIDE))
            calls = run(at);
}

static void a_program_that_publishes_goes_on(void **state)
{
    (void)state;
    sweep(sender_without, 50);
}

static void a_program_that_receives_goes_on(void **state)
{
    (void)state;
    sweep(taker_without, 50);
}

static void a_hub_goes_on(void **state)
{
    (void)state;
    sweep(hub_without, 20);
}

static void a_program_that_publishes_opens(void **state)
{
    (void)state;
    sweep(sender_opens_without, 100);
}

static void a_program_that_receives_opens(void **state)
{
    (void)state;
    sweep(taker_opens_without, 100);
}

static void both_go_on_when_there_is_memory_again(void **state)
{
    (void)state;
    sweep(sender_half_an_hour_without, 50);
    sweep(taker_half_an_hour_without, 50);
}

/* It also finds out how far the logs are read, and stores it. */
static void a_program_that_reads_logs_goes_on_and_opens(void **state)
{
    (void)state;
    on_logs = true;
    sweep(taker_without, 50);
    sweep(taker_half_an_hour_without, 50);
    sweep(taker_opens_without, 100);
    on_logs = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_publishes_goes_on),
        cmocka_unit_test(a_program_that_receives_goes_on),
        cmocka_unit_test(both_go_on_when_there_is_memory_again),
        cmocka_unit_test(a_hub_goes_on),
        cmocka_unit_test(a_program_that_publishes_opens),
        cmocka_unit_test(a_program_that_receives_opens),
        cmocka_unit_test(a_program_that_reads_logs_goes_on_and_opens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
