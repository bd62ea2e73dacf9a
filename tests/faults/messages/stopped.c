/* stopped.c - two programs with a hub between them, and one of them stops at any
 * failpoint: each event and each posted command still has its effect once, in order.
 *
 * The hub lies in the process of the test, so the process cannot end. Instead, from the
 * failpoint on every change of the disk fails and the hub is stopped, which ends every
 * connection. So what the program does afterwards has no effect outside of its memory.
 * Then it is closed, and opened again over the same file. That covers all that a killed
 * process leaves behind: its file, and what it had sent. It does not cover power cuts
 * (faults/sqlite_power.c), nor locks that outlive a process (scenarios/processes). */
#include "support/domains/exchange.h"
#include "support/effort.h"
#include "support/shard.h"
#include "support/stores/fault_vfs.h"
#include "support/test_host.h"

#include "base/failpoint.h"
#include "core/engine.h"

#include <jangle/plugin/store.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 9, POSITIONS = 200, ROUNDS = 60, PLACES_MAX = 2000 };

/* ---- the two programs, and what the hub has -------------------------------- */

static struct history {
    bool logs; /* the queues of the hub are logs */
    struct neighbours both;
    struct jangle_sqlite_options disk;
    struct test_host host;        /* of the tap */
    struct jangle_transport *tap; /* gets a copy of all that the topic ever got */
    int64_t log[POSITIONS];       /* if it is a log: the position of each event in it */
    int64_t log_end;              /* the last offset */
    bool kept[POSITIONS];         /* the hub has the event at that position */
    bool sent[POSITIONS];         /* there is an event at that position */
    int64_t stop_at, hits;        /* 0: never */
    uint32_t chance;              /* or at one of so many failpoints; 0: at none */
    unsigned seed;
    bool stopped;
    int stops;
} history;

static void stop_there(void *context, const char *name)
{
    struct history *told = context;
    bool now = ++told->hits == told->stop_at;

    (void)name;
    if (told->chance && (unsigned)rand_r(&told->seed) % told->chance == 0)
        now = true;
    if (!now || told->stopped)
        return;
    told->stopped = true;
    told->stops++;
    jangle_hub_stop(told->both.hub);
    fault_vfs_fail((struct fault){
        .operation = FAULT_ANY_CHANGE, .at = 1, .times = 0, .code = SQLITE_IOERR_WRITE});
}

static void open_tap(struct history *told)
{
    static const struct jangle_queue tap = {.name = "tap", .topic = "purses"};
    struct jangle_broker broker = told->both.taker.config.broker;
    struct jangle_transport *made = NULL;

    test_host_init(&told->host);
    assert_result(broker.open(&broker, &told->host.host, "tap", &made, NULL), JANGLE_OK);
    assert_result(made->ops->declare_topic(made, "purses", NULL), JANGLE_OK);
    assert_result(made->ops->declare_queue(made, &tap, NULL), JANGLE_OK);
    assert_result(made->ops->attach(made, &tap, NULL, 0, NULL), JANGLE_OK);
    told->tap = made;
}

static void begin(struct history *told, bool logs)
{
    struct neighbours *both = &told->both;

    *told = (struct history){.logs = logs, .disk = {.vfs = fault_vfs_register()}};
    fault_vfs_reset();
    exchange_init(both, true);
    if (logs)
        both->sender.config.broker = both->taker.config.broker =
            jangle_hub_log_broker(both->hub);
    both->sender.config.storage = jangle_sqlite_with(both->sender.file, &told->disk);
    both->taker.config.storage = jangle_sqlite_with(both->taker.file, &told->disk);
    open_tap(told);
    exchange_open_both(both);
}

static void end(struct history *told)
{
    jn_failpoint_set(NULL, NULL);
    told->tap->ops->close(told->tap);
    neighbours_finish(&told->both);
}

/* ---- what is true at every stop -------------------------------------------- */

static void look_at_tap(struct history *told)
{
    struct jangle_parcel *parcels;
    size_t count;

    do {
        struct jangle_settlement settlement = {.disposition = JANGLE_TAKEN};
        const char *found;
        char body[1000];
        int64_t position;

        assert_result(
            told->tap->ops->receive(told->tap, 1, 1000000, 0, &parcels, &count, NULL),
            JANGLE_OK);
        if (!count)
            return;
        assert_true(parcels[0].body_size < sizeof body);
        memcpy(body, parcels[0].body, parcels[0].body_size);
        body[parcels[0].body_size] = '\0';
        found = strstr(body, "\"sequence\":\"");
        assert_non_null(found);
        position = strtol(found + strlen("\"sequence\":\""), NULL, 10);
        assert_in_range(position, 1, POSITIONS - 1);
        told->kept[position] = true;
        told->log_end = parcels[0].offset.offset;
        assert_in_range(told->log_end, 0, POSITIONS - 1);
        told->log[told->log_end] = position;
        settlement.parcel = &parcels[0];
        assert_result(told->tap->ops->settle(told->tap, &settlement, 1, NULL), JANGLE_OK);
    } while (count);
}

static void no_checkpoint_passes_an_unconfirmed_event(struct history *told)
{
    int64_t checkpoint = world_checkpoint(&told->both.sender, "news");

    look_at_tap(told);
    for (int64_t position = 1; position <= checkpoint; position++)
        if (told->sent[position] && !told->kept[position])
            fail_msg("the checkpoint is %lld, and %lld was not published",
                     (long long)checkpoint, (long long)position);
}

/* ---- where a log is read on ------------------------------------------------- */

static int64_t stored_offset(struct history *told)
{
    struct jangle_store *store = told->both.taker.jangle->store;
    struct jangle_checkpoint checkpoint = {.position = 1};

    (void)store->ops->find_checkpoint(store, "watch#topic/purses", &checkpoint, NULL);
    return checkpoint.position - 1;
}

/* How many different events the log has up to an offset: the sender may have published
 * one twice. */
static int64_t count_events(const struct history *told, int64_t offset)
{
    bool found[POSITIONS] = {false};
    int64_t count = 0;

    for (int64_t at = 1; at <= offset; at++) {
        count += !found[told->log[at]];
        found[told->log[at]] = true;
    }
    return count;
}

static int64_t count_stored(struct history *told)
{
    struct jangle_store *store = told->both.taker.jangle->store;
    int64_t count = 0;

    for (int purse = 0; purse < EXCHANGE_PURSES; purse++) {
        char stream[16];
        int64_t version = 0;

        snprintf(stream, sizeof stream, "purse/%d", purse);
        assert_result(store->ops->stream_head(store, "watch", stream, &version, NULL),
                      JANGLE_OK);
        count += version;
    }
    return count;
}

static void no_offset_passes_what_is_not_stored(struct history *told)
{
    int64_t offset = stored_offset(told);

    look_at_tap(told);
    if (count_events(told, offset) > count_stored(told))
        fail_msg("up to the offset %lld there are %lld events, and %lld are stored",
                 (long long)offset, (long long)count_events(told, offset),
                 (long long)count_stored(told));
}

static void start_again(struct history *told, struct world *world)
{
    jn_failpoint_set(NULL, NULL);
    world_close(world);
    fault_vfs_fail((struct fault){0});
    jangle_hub_start(told->both.hub);
    told->stopped = false;
    exchange_open(&told->both, world);
    if (world == &told->both.sender)
        no_checkpoint_passes_an_unconfirmed_event(told);
    else if (told->logs)
        no_offset_passes_what_is_not_stored(told);
    jn_failpoint_set(stop_there, told);
}

/* ---- what they do ---------------------------------------------------------- */

/* Whether it did anything. */
static bool run_world(struct history *told, struct world *world)
{
    int64_t done, total = 0;

    do {
        enum jangle_result result = jangle_poll(world->jangle, &done, &world->error);

        if (told->stopped) {
            start_again(told, world);
            return true;
        }
        if (result)
            print_error("%s\n", world->error.message);
        assert_result(result, JANGLE_OK);
        total += done;
    } while (done);
    return total > 0;
}

static void run_both(struct history *told)
{
    bool busy = true;

    while (busy) {
        busy = run_world(told, &told->both.sender);
        busy |= run_world(told, &told->both.taker);
    }
}

static void send_one(struct history *told, int number)
{
    struct jangle_outcome outcome;

    for (;;) {
        enum jangle_result result = exchange_send(&told->both, number, &outcome);

        if (!told->stopped) {
            assert_result(result, JANGLE_OK);
            break;
        }
        start_again(told, &told->both.sender);
    }
    told->sent[outcome.position] = true;
}

static void live(struct history *told)
{
    jn_failpoint_set(stop_there, told);
    for (int i = 0; i < EVENTS; i++) {
        send_one(told, i);
        if (i % 3 == 2)
            run_both(told);
    }
    for (int i = 0; i < ROUNDS && !exchange_is_complete(&told->both, EVENTS); i++) {
        neighbours_pass(&told->both, 40000);
        run_both(told);
    }
    neighbours_pass(&told->both, 40000);
    told->stop_at = told->chance = 0;
    run_both(told);
}

/* ---- what is there --------------------------------------------------------- */

static void check(struct history *told)
{
    no_checkpoint_passes_an_unconfirmed_event(told);
    for (int64_t position = 1; position < POSITIONS; position++)
        assert_int_equal(told->kept[position], told->sent[position]);
    exchange_assert_whole(&told->both, EVENTS);
}

/* In the end the log is read to its end. */
static void check_log(struct history *told)
{
    no_offset_passes_what_is_not_stored(told);
    assert_int_equal(stored_offset(told), told->log_end);
}

static void stop_at_each_place(bool logs)
{
    int64_t stride = TEST_STRIDE * shard_count();
    int64_t at = 1 + TEST_STRIDE * shard_index() - stride;

    do {
        at += stride;
        begin(&history, logs);
        history.stop_at = at;
        live(&history);
        if (logs)
            check_log(&history);
        check(&history);
        end(&history);
    } while (history.stops && at < PLACES_MAX);
    print_message("stopped at %lld places\n", (long long)(at / stride));
    assert_true(at > 150 && at < PLACES_MAX);
}

static void a_program_that_stops_anywhere_loses_and_doubles_nothing(void **state)
{
    (void)state;
    stop_at_each_place(false);
}

static void nor_does_it_if_the_queues_are_logs(void **state)
{
    (void)state;
    stop_at_each_place(true);
}

static void stop_again_and_again(bool logs)
{
    uint64_t seed = effort_seed();
    int64_t stops = 0;

    for (int i = 0; i < effort_count(EFFORT_MESSAGES_STOPPED); i++) {
        if (!shard_takes(i))
            continue;
        begin(&history, logs);
        history.seed = (unsigned)(seed + (uint64_t)i);
        history.chance = 25;
        live(&history);
        check(&history);
        stops += history.stops;
        end(&history);
    }
    assert_true(stops > 0);
}

static void programs_that_stop_again_and_again_lose_and_double_nothing(void **state)
{
    (void)state;
    stop_again_and_again(false);
}

static void nor_do_these_if_the_queues_are_logs(void **state)
{
    (void)state;
    stop_again_and_again(true);
}

/* A failpoint that no program comes to proves nothing. */
static void every_failpoint_is_met(void **state)
{
    static const char *const expected[] = {
        "publisher.before_publish", "publisher.after_publish", "publisher.after_move",
        "consumer.after_receive",   "consumer.before_commit",  "consumer.after_commit",
        "consumer.before_settle",   "consumer.after_settle",   "commit.before_store",
        "commit.after_store",       "delivery.before_send",    "delivery.after_send"};

    (void)state;
    jn_failpoint_forget();
    begin(&history, true);
    live(&history);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        bool met = false;

        for (size_t n = 0; jn_failpoint_name(n); n++)
            met |= !strcmp(jn_failpoint_name(n), expected[i]);
        if (!met)
            fail_msg("nothing came to %s", expected[i]);
    }
    check(&history);
    end(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_stops_anywhere_loses_and_doubles_nothing),
        cmocka_unit_test(nor_does_it_if_the_queues_are_logs),
        cmocka_unit_test(programs_that_stop_again_and_again_lose_and_double_nothing),
        cmocka_unit_test(nor_do_these_if_the_queues_are_logs),
        cmocka_unit_test(every_failpoint_is_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
