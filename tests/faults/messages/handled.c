/* handled.c - a program that handles messages on receipt stops at any failpoint:
 * each message is handled, what its handlers post and what its rows store is there once,
 * and once it is remembered nobody is called for it again. So it is when a call of the
 * store or an allocation fails.
 *
 * As in messages_stopped.c the process of the test lives on: from the failpoint on every
 * change of the disk fails, and the hub is stopped, which ends every connection. */
#include "support/brokers/memory_dedup.h"
#include "support/domains/stranger.h"
#include "support/failing_allocator.h"
#include "support/shard.h"
#include "support/stores/fault_vfs.h"

#include "base/failpoint.h"
#include "core/engine.h"

#include <jangle/plugin/store.h>
#include <jangle/testing.h>
#include <jangle/transport/chaos.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES = 6, REFUSED = 4, FAILING = 2, PLACES_MAX = 2000, ROUNDS = 60 };

static struct neighbours both;
static struct stranger stranger;
static struct jangle_sqlite_options disk;

/* ---- the program ----------------------------------------------------------------- */

static const struct jangle_publisher to_post = {
    .name = "post",
    .queue = "post",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};

static int calls[MESSAGES];
static int dead_at_most = 1;   /* dead letters that there may be */
static int calls_at_least = 3; /* for the message that fails */

/* Nobody is called for a message that the store remembers: its id is the key. */
static void assert_unknown(const struct jangle_delivery *delivery)
{
    struct jangle_store *store = delivery->jangle->store;
    struct jangle_receipt receipt;

    assert_int_not_equal(store->ops->find_command(store, delivery->key, &receipt, NULL),
                         JANGLE_OK);
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    int number = (int)strtol(event->id + 1, NULL, 10);
    enum jangle_result result;

    assert_in_range(number, 0, MESSAGES - 1);
    assert_unknown(delivery);
    calls[number]++;
    result = jangle_delivery_post(delivery, &to_post, put_in, .purse_id = event->id,
                                  .amount = 1);
    if (number == REFUSED)
        return jangle_delivery_reject(delivery, "never");
    return number == FAILING && delivery->attempt < 3 ? JANGLE_RETRY : result;
}

static const struct jangle_consumer watch = {
    .name = "watch",
    .retry = {.max_attempts = 1000, .first_delay_ms = 1000, .max_delay_ms = 1000},
    .routes =
        JANGLE_ROUTES({.type = &coins_put_in, .handle = handle}, {.type = &coins_put_in}),
};

/* The same with a dedup, whose leases run out while the program lives on. */
static struct memory_dedup memory_of_others, *memory_pointer = &memory_of_others;
static struct jangle_deduplication dedup;
static struct jangle_consumer claiming_watch;
static bool has_dedup;

static const struct jangle_consumer *make_watch(void)
{
    if (!has_dedup)
        return &watch;
    assert_true(memory_dedup_init(&memory_of_others));
    dedup = memory_dedup_descriptor(&memory_pointer);
    dedup.lease_ms = 5000;
    claiming_watch = watch;
    claiming_watch.dedup = &dedup;
    return &claiming_watch;
}

/* ---- where it stops -------------------------------------------------------------- */

static struct {
    int64_t at, hits; /* 0: never */
    bool now;
    int count;
} stop;

static void stop_there(void *context, const char *name)
{
    (void)context, (void)name;
    if (++stop.hits != stop.at)
        return;
    stop.now = true;
    stop.count++;
    jangle_hub_stop(both.hub);
    memory_of_others.away = true;
    fault_vfs_fail((struct fault){
        .operation = FAULT_ANY_CHANGE, .at = 1, .times = 0, .code = SQLITE_IOERR_WRITE});
}

static void start_again(void)
{
    jn_failpoint_set(NULL, NULL);
    world_close(&both.taker);
    fault_vfs_fail((struct fault){0});
    jangle_hub_start(both.hub);
    memory_of_others.away = false;
    stop.now = false;
    world_open(&both.taker, NULL);
    jn_failpoint_set(stop_there, NULL);
}

/* ---- its life -------------------------------------------------------------------- */

static void prepare(bool in_file)
{
    memset(calls, 0, sizeof calls);
    memset(&stop, 0, sizeof stop);
    neighbours_init(&both, in_file);
    consume_with(&both.taker, make_watch());
    publish_with(&both.taker, &to_post);
}

static void begin(int64_t at)
{
    disk.vfs = fault_vfs_register();
    fault_vfs_reset();
    prepare(true);
    stop.at = at;
    both.taker.config.storage = jangle_sqlite_with(both.taker.file, &disk);
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    stranger_init(&stranger, &both);
}

static void end(void)
{
    jn_failpoint_set(NULL, NULL);
    stranger_finish(&stranger);
    neighbours_finish(&both);
    if (has_dedup)
        memory_dedup_finish(&memory_of_others);
}

static void send_one(int number)
{
    char id[8];

    snprintf(id, sizeof id, "m%d", number);
    stranger_send(&stranger, "watch",
                  (struct stranger_says){.id = id, .key = number % 2 ? "odd" : "even"});
}

static void run(void)
{
    int64_t done = 1;

    while (done) {
        enum jangle_result result =
            jangle_poll(both.taker.jangle, &done, &both.taker.error);

        if (stop.now)
            start_again();
        else
            assert_result(result, JANGLE_OK);
        done += stop.now;
    }
}

static void live(void)
{
    jn_failpoint_set(stop_there, NULL);
    for (int i = 0; i < MESSAGES; i++) {
        send_one(i);
        if (i % 3 == 2)
            run();
    }
    for (int i = 0; i < ROUNDS; i++) {
        neighbours_pass(&both, 1000);
        run();
    }
    jn_failpoint_set(NULL, NULL);
}

static void check(void)
{
    int64_t even = stored_in(&both.taker, "watch", "even");

    assert_int_equal(stranger_count(&stranger, "watch"), 0);
    assert_in_range(stranger_count(&stranger, "watch.dead"), 1, dead_at_most);
    assert_int_equal(even + stored_in(&both.taker, "watch", "odd"), MESSAGES);
    for (int i = 0; i < MESSAGES; i++) {
        char id[8];

        snprintf(id, sizeof id, "m%d", i);
        assert_int_equal(stored_in(&both.taker, "post", id), i != REFUSED);
        assert_true(calls[i] >= (i == FAILING ? calls_at_least : 1));
    }
}

/* ---- the tests ------------------------------------------------------------------- */

static void a_program_that_stops_anywhere_handles_each_message(void **state)
{
    int64_t stride = TEST_STRIDE * shard_count();
    int64_t at = 1 + TEST_STRIDE * shard_index() - stride;
    int stops;

    (void)state;
    do {
        at += stride;
        begin(at);
        live();
        check();
        stops = stop.count;
        end();
    } while (stops && at < PLACES_MAX);
    print_message("stopped at %lld places\n", (long long)(at / stride));
    assert_true(at > 60 && at < PLACES_MAX);
}

/* ---- a call of the store, or an allocation, that fails ---------------------------- */

static struct jangle_flaky flaky;
static struct failing_allocator memory;

/* Poll, whatever the results are. */
static void poll_for_a_while(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        for (int n = 0; n < 20; n++)
            jangle_poll(both.taker.jangle, NULL, NULL);
        neighbours_pass(&both, 1000);
    }
}

/* What was prepared, from its opening to the end. */
static void live_whatever_comes(void)
{
    int64_t at;

    if (!world_try_open(&both.taker, NULL))
        world_open(&both.taker, NULL);
    poll_for_a_while(5); /* its queue is there after some attempts */
    at = memory.fail_at;
    memory.fail_at = 0; /* the stranger has its memory from the same allocator */
    stranger_init(&stranger, &both);
    for (int i = 0; i < MESSAGES; i++)
        send_one(i);
    memory.fail_at = at;
    poll_for_a_while(30);
    flaky.fail_at = memory.fail_at = 0;
    poll_for_a_while(5);
    check();
}

static int64_t run_with(int64_t at, enum jangle_result result)
{
    flaky = (struct jangle_flaky){.fail_at = at, .result = result};
    memory.fail_at = 0;
    prepare(false);
    flaky.storage = both.taker.config.storage;
    both.taker.config.storage = jangle_storage_flaky(&flaky);
    live_whatever_comes();
    end();
    return flaky.calls;
}

static void a_call_of_the_store_may_fail(void **state)
{
    static const enum jangle_result results[] = {JANGLE_STORAGE, JANGLE_BUSY,
                                                 JANGLE_UNKNOWN, JANGLE_NO_MEMORY};

    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        for (int64_t at = 1; at <= 60; at += TEST_STRIDE)
            if (shard_takes(at / TEST_STRIDE))
                assert_true(run_with(at, results[i]) > 60);
}

static int64_t run_without(int64_t at)
{
    int64_t made;

    flaky.fail_at = 0;
    failing_allocator_init(&memory, at);
    prepare(false);
    both.taker.config.host.allocator = memory.allocator;
    live_whatever_comes();
    made = memory.calls;
    end();
    assert_int_equal(memory.pieces, 0);
    return made;
}

static void an_allocation_may_fail(void **state)
{
    int64_t made = run_without(0);

    (void)state;
    print_message("%lld allocations\n", (long long)made);
    assert_true(made > 100);
    for (int64_t at = 1; at <= made; at += TEST_STRIDE)
        if (shard_takes(at / TEST_STRIDE))
            run_without(at);
}

/* ---- a broker that behaves badly --------------------------------------------------- */

/* What is refused is not remembered, so it may be refused twice. And attempts that the
 * broker makes up count, because nothing else is known here of the message. */
static void a_broker_may_repeat_and_give_back(void **state)
{
    static const struct jangle_chaos faults = {
        .repeat = 0.3, .give_back = 0.1, .fail = 0.1, .disconnect = 0.1};
    struct jangle_chaos chaos = faults;
    struct jangle_broker hub;
    const struct jangle_chaos_options options = {.inner = &hub, .chaos = &chaos};

    (void)state;
    flaky.fail_at = memory.fail_at = 0;
    dead_at_most = MESSAGES;
    calls_at_least = 1;
    for (chaos.seed = 1; chaos.seed <= 40; chaos.seed += TEST_STRIDE) {
        if (!shard_takes((int64_t)chaos.seed / TEST_STRIDE))
            continue;
        prepare(false);
        hub = jangle_hub_broker(both.hub);
        both.taker.config.broker = jangle_chaos_broker(&options);
        live_whatever_comes();
        end();
    }
    dead_at_most = 1;
    calls_at_least = 3;
}

/* A failpoint that no program comes to proves nothing. */
static void every_failpoint_is_met(void **state)
{
    static const char *const expected[] = {
        "consumer.after_receive", "consumer.before_commit",   "consumer.before_handlers",
        "consumer.after_commit",  "consumer.after_handlers",  "consumer.before_settle",
        "consumer.after_settle",  "publisher.before_publish",
    };

    (void)state;
    jn_failpoint_forget();
    begin(0);
    live();
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        bool met = false;

        for (size_t n = 0; jn_failpoint_name(n); n++)
            met |= !strcmp(jn_failpoint_name(n), expected[i]);
        if (!met)
            fail_msg("nothing came to %s", expected[i]);
    }
    check();
    for (int i = 0; i < MESSAGES; i++)
        assert_int_equal(calls[i], i == FAILING ? 3 : 1);
    end();
}

/* ---- all of it with a dedup ---------------------------------------------------------
 */

/* What it claimed when it stopped runs out, and what is done stays so. */
static void so_it_is_with_a_dedup(void **state)
{
    has_dedup = true;
    a_program_that_stops_anywhere_handles_each_message(state);
    has_dedup = false;
}

static void with_a_dedup_a_call_of_the_store_may_fail(void **state)
{
    has_dedup = true;
    a_call_of_the_store_may_fail(state);
    has_dedup = false;
}

static void with_a_dedup_an_allocation_may_fail(void **state)
{
    has_dedup = true;
    an_allocation_may_fail(state);
    has_dedup = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_stops_anywhere_handles_each_message),
        cmocka_unit_test(every_failpoint_is_met),
        cmocka_unit_test(a_call_of_the_store_may_fail),
        cmocka_unit_test(an_allocation_may_fail),
        cmocka_unit_test(a_broker_may_repeat_and_give_back),
        cmocka_unit_test(so_it_is_with_a_dedup),
        cmocka_unit_test(with_a_dedup_a_call_of_the_store_may_fail),
        cmocka_unit_test(with_a_dedup_an_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
