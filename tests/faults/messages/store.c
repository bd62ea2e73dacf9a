/* store.c - the store fails while messages are published or in hand: they stay
 * in hand, in their order, nothing is settled early, and all goes on afterwards. */
#include "support/brokers/watched_broker.h"
#include "support/domains/exchange.h"
#include "support/failing_allocator.h"
#include "support/shard.h"
#include "support/stores/fault_vfs.h"

#include <jangle/testing.h>

#include <sqlite3.h>
#include <stdio.h>

enum { EVENTS = 6, ROUNDS = 40, HOUR_S = 3600 };

static struct neighbours both;

/* ---- one call fails --------------------------------------------------------- */

static void send_whatever_comes(int number)
{
    struct jangle_outcome outcome;
    char id[16];

    snprintf(id, sizeof id, "c%d", number);
    for (int i = 0; i < 5 && exchange_send(&both, number, &outcome); i++)
        jangle_outcome_of(both.sender.jangle, id, &outcome);
}

/* The taker's queues are there after some attempts. */
static void open_whatever_comes(void)
{
    for (int i = 0; i < 2; i++) {
        struct world *next = i ? &both.sender : &both.taker;

        if (!exchange_try_open(&both, next))
            exchange_open(&both, next);
        for (int pass = 0; pass < 5 && next == &both.taker; pass++) {
            neighbours_pass(&both, 40000);
            for (int n = 0; n < 10; n++)
                jangle_poll(both.taker.jangle, NULL, NULL);
        }
    }
}

/* The store of one of the two fails at that call, from its opening on. */
static int64_t run_with(struct world *world, int64_t at, enum jangle_result result)
{
    struct jangle_flaky flaky = {.fail_at = at, .result = result};

    exchange_init(&both, false);
    flaky.storage = world->config.storage;
    world->config.storage = jangle_storage_flaky(&flaky);
    open_whatever_comes();
    for (int i = 0; i < EVENTS; i++)
        send_whatever_comes(i);
    exchange_settle(&both, EVENTS, ROUNDS);
    flaky.fail_at = 0;
    exchange_assert_whole(&both, EVENTS);
    neighbours_finish(&both);
    return flaky.calls;
}

static void sweep(struct world *world)
{
    static const enum jangle_result results[] = {
        JANGLE_STORAGE, JANGLE_BUSY, JANGLE_UNKNOWN, JANGLE_NO_MEMORY, JANGLE_CONFLICT};

    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        int64_t calls = run_with(world, 0, results[i]);

        assert_true(calls > 20);
        for (int64_t at = 1; at <= calls; at += TEST_STRIDE)
            if (shard_takes(at / TEST_STRIDE))
                run_with(world, at, results[i]);
    }
}

static void a_program_that_publishes_goes_on(void **state)
{
    (void)state;
    sweep(&both.sender);
}

static void a_program_that_receives_goes_on(void **state)
{
    (void)state;
    sweep(&both.taker);
}

/* ---- the disk fails for an hour --------------------------------------------- */

static struct failing_allocator memory; /* of the taker; it only counts */
static struct jangle_sqlite_options disk;

static void open_on_disk(void)
{
    disk = (struct jangle_sqlite_options){.vfs = fault_vfs_register()};
    fault_vfs_reset();
    exchange_init(&both, true);
    failing_allocator_init(&memory, 0);
    both.taker.config.host.allocator = memory.allocator;
    both.taker.config.storage = jangle_sqlite_with(both.taker.file, &disk);
    exchange_open_both(&both);
}

static void pass_seconds(int seconds)
{
    while (seconds-- > 0) {
        neighbours_pass(&both, 1000);
        jangle_poll(both.taker.jangle, NULL, NULL);
    }
}

static void assert_nothing_is_settled(void)
{
    assert_int_equal(endpoint_of(&both.taker, "watch").received, 0);
    assert_int_equal(endpoint_of(&both.taker, "counter").received, 0);
}

static void fail_for_an_hour(int code)
{
    struct jangle_outcome outcome;
    int64_t bytes;

    open_on_disk();
    for (int i = 0; i < EVENTS; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
    world_poll(&both.sender);
    fault_vfs_fail((struct fault){.operation = FAULT_WRITE, .at = 1, .code = code});
    pass_seconds(60);
    assert_nothing_is_settled();
    assert_true(endpoint_of(&both.taker, "watch").reason[0]);
    bytes = memory.bytes;
    pass_seconds(HOUR_S);
    assert_nothing_is_settled();
    assert_in_range(memory.bytes, 1, bytes + 65536);
    fault_vfs_fail((struct fault){0});
    exchange_settle(&both, EVENTS, ROUNDS);
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, EVENTS);
    assert_int_equal(endpoint_of(&both.taker, "counter").taken, EVENTS);
    exchange_assert_whole(&both, EVENTS);
    neighbours_finish(&both);
    assert_int_equal(memory.pieces, 0);
}

static void a_disk_with_errors_keeps_messages_in_hand(void **state)
{
    (void)state;
    fail_for_an_hour(SQLITE_IOERR_WRITE);
}

static void a_full_disk_keeps_messages_in_hand(void **state)
{
    (void)state;
    fail_for_an_hour(SQLITE_FULL);
}

static void a_read_only_disk_keeps_messages_in_hand(void **state)
{
    (void)state;
    fail_for_an_hour(SQLITE_READONLY);
}

/* The connection ends while they are in hand: they come again, and are known or not. */
static void a_broker_that_goes_away_meanwhile_gives_them_again(void **state)
{
    struct jangle_outcome outcome;

    (void)state;
    open_on_disk();
    for (int i = 0; i < EVENTS; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
    world_poll(&both.sender);
    fault_vfs_fail(
        (struct fault){.operation = FAULT_WRITE, .at = 1, .code = SQLITE_FULL});
    pass_seconds(60);
    jangle_hub_stop(both.hub);
    pass_seconds(60);
    jangle_hub_start(both.hub);
    pass_seconds(60);
    assert_nothing_is_settled();
    fault_vfs_fail((struct fault){0});
    exchange_settle(&both, EVENTS, ROUNDS);
    pass_seconds(60);
    exchange_assert_whole(&both, EVENTS);
    neighbours_finish(&both);
}

/* What was in hand is given back when the program is closed. */
static void a_program_that_is_closed_meanwhile_gives_them_back(void **state)
{
    struct jangle_outcome outcome;

    (void)state;
    open_on_disk();
    for (int i = 0; i < EVENTS; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
    world_poll(&both.sender);
    fault_vfs_fail(
        (struct fault){.operation = FAULT_WRITE, .at = 1, .code = SQLITE_FULL});
    pass_seconds(60);
    assert_nothing_is_settled();
    world_close(&both.taker);
    fault_vfs_fail((struct fault){0});
    exchange_open(&both, &both.taker);
    exchange_settle(&both, EVENTS, ROUNDS);
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, EVENTS);
    exchange_assert_whole(&both, EVENTS);
    neighbours_finish(&both);
}

/* The publisher's checkpoint cannot be stored. What is published goes on, once. */
static void a_full_disk_of_the_sender_repeats_nothing(void **state)
{
    static struct watched_broker watched;
    struct jangle_outcome outcome;

    (void)state;
    disk = (struct jangle_sqlite_options){.vfs = fault_vfs_register()};
    fault_vfs_reset();
    exchange_init(&both, true);
    watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub)};
    both.sender.config.broker = watched_broker_make(&watched);
    both.sender.config.storage = jangle_sqlite_with(both.sender.file, &disk);
    exchange_open_both(&both);
    for (int i = 0; i < EVENTS; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
    fault_vfs_fail(
        (struct fault){.operation = FAULT_WRITE, .at = 1, .code = SQLITE_FULL});
    for (int second = 0; second < HOUR_S; second++) {
        neighbours_pass(&both, 1000);
        /* one of them tries to store checkpoints, and fails */
        for (int i = 0; i < 4; i++)
            jangle_poll(both.sender.jangle, NULL, NULL);
        world_poll(&both.taker);
    }
    assert_int_equal(watched.parcels, EVENTS);
    fault_vfs_fail((struct fault){0});
    exchange_settle(&both, EVENTS, ROUNDS);
    exchange_assert_whole(&both, EVENTS);
    neighbours_finish(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_publishes_goes_on),
        cmocka_unit_test(a_program_that_receives_goes_on),
        cmocka_unit_test(a_disk_with_errors_keeps_messages_in_hand),
        cmocka_unit_test(a_full_disk_keeps_messages_in_hand),
        cmocka_unit_test(a_read_only_disk_keeps_messages_in_hand),
        cmocka_unit_test(a_broker_that_goes_away_meanwhile_gives_them_again),
        cmocka_unit_test(a_program_that_is_closed_meanwhile_gives_them_back),
        cmocka_unit_test(a_full_disk_of_the_sender_repeats_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
