/* chaotic.c - two programs with a broker between them, which seems to refuse, to forget
 * its confirms, to repeat, to give back and to disconnect, on both sides: what was
 * published is there once, in its order. */
#include "brokers/chaotic.h"

#include "support/domains/exchange.h"
#include "support/shard.h"

#include <jangle/plugin/support.h>
#include <jangle/transport/chaos.h>

#include <stdlib.h>

enum { EVENTS = 30, LONGEST_MS = 120000 };

static const struct jangle_chaos faults = {
    .refuse = 0.05,
    .unconfirm = 0.05,
    .repeat = 0.1,
    .give_back = 0.05,
    .disconnect = 0.05,
};

static const struct tested_broker *broker;

/* Two programs, each with its own faults between it and the broker. */
static struct history {
    struct neighbours both;
    struct jangle_chaos sender_faults, taker_faults;
    struct jangle_chaos_options to_sender, to_taker;
    unsigned dice;
} history;

static int draw(int limit)
{
    return rand_r(&history.dice) % limit;
}

/* ---- its beginning --------------------------------------------------------------- */

static void empty_queues(struct world *taker)
{
    static const char *const names[] = {"watch", "counter"};

    taker->config.broker = broker->broker;
    if (!exchange_try_open(&history.both, taker))
        fail_msg("%s", taker->error.message);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_result(
            jangle_remove(taker->jangle, names[i], JANGLE_REMOVE_QUEUES, &taker->error),
            JANGLE_OK);
    assert_result(jangle_declare(taker->jangle, NULL, &taker->error), JANGLE_OK);
    world_close(taker);
}

static void begin(const struct jangle_chaos *chaos, unsigned seed)
{
    struct neighbours *both = &history.both;

    history.dice = seed;
    history.sender_faults = history.taker_faults = *chaos;
    history.sender_faults.seed = seed;
    history.taker_faults.seed = seed + UINT64_C(1000000007);
    history.to_sender =
        (struct jangle_chaos_options){&broker->broker, &history.sender_faults};
    history.to_taker =
        (struct jangle_chaos_options){&broker->broker, &history.taker_faults};
    exchange_init(both, false);
    empty_queues(&both->taker);
    both->sender.config.broker = jangle_chaos_broker(&history.to_sender);
    both->taker.config.broker = jangle_chaos_broker(&history.to_taker);
    both->sender.config.publish_count = 7; /* so that many calls are needed */
    both->taker.config.receive_count = 7;
    exchange_open(both, &both->taker);
    exchange_open(both, &both->sender);
}

/* ---- its middle ------------------------------------------------------------------ */

/* Whatever the results are. */
static void poll_both(void)
{
    jangle_poll(history.both.sender.jangle, NULL, NULL);
    jangle_poll(history.both.taker.jangle, NULL, NULL);
}

static void send_all(void)
{
    struct jangle_outcome outcome;

    for (int i = 0; i < EVENTS; i++) {
        assert_result(exchange_send(&history.both, i, &outcome), JANGLE_OK);
        for (int polls = draw(4); polls > 0; polls--) {
            neighbours_pass(&history.both, draw(2000));
            poll_both();
        }
    }
}

/* What the broker gives again it gives in its own time. */
static void wait_until_it_is_there(void)
{
    int64_t until_us = jn_monotonic_after_ms(LONGEST_MS);

    while (!exchange_is_complete(&history.both, EVENTS)) {
        if (jn_monotonic_us() > until_us)
            fail_msg("%lld of %d events are there after %d s",
                     (long long)world_stats(&history.both.taker).position, 2 * EVENTS,
                     LONGEST_MS / 1000);
        neighbours_pass(&history.both, 1000);
        poll_both();
    }
}

/* ---- the tests ------------------------------------------------------------------- */

/* Messages that came again. */
static int64_t repeated;

static void live(const struct jangle_chaos *chaos,
                 unsigned seed,
                 void (*check)(struct neighbours *both, int64_t count))
{
    begin(chaos, seed);
    send_all();
    wait_until_it_is_there();
    check(&history.both, EVENTS);
    repeated += endpoint_of(&history.both.taker, "watch").repeated;
    repeated += endpoint_of(&history.both.taker, "counter").repeated;
    neighbours_finish(&history.both);
}

static uint64_t first_seed;
static int histories;

static void run_all(const struct jangle_chaos *chaos,
                    int count,
                    void (*check)(struct neighbours *both, int64_t count))
{
    for (int i = 0; i < count; i++)
        if (shard_takes(i))
            live(chaos, (unsigned)first_seed + (unsigned)i, check);
}

static void nothing_is_lost_or_doubled_or_out_of_order(void **state)
{
    (void)state;
    repeated = 0;
    run_all(&faults, histories, exchange_assert_whole);
    assert_true(repeated > 0);
}

/* What failed comes again later, and its key goes on without it. */
static void what_fails_at_receipt_is_there_in_the_end(void **state)
{
    struct jangle_chaos failing = faults;

    (void)state;
    failing.fail = 0.1;
    run_all(&failing, histories / 4, exchange_assert_each);
}

/* Without faults the same history needs nothing again: so what the tests above have found
 * is chaos. */
static void a_quiet_broker_repeats_nothing(void **state)
{
    static const struct jangle_chaos none = {.seed = 1};

    (void)state;
    repeated = 0;
    live(&none, (unsigned)first_seed, exchange_assert_whole);
    assert_int_equal(repeated, 0);
}

int chaotic_try(const struct tested_broker *tested, enum effort effort)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_or_doubled_or_out_of_order),
        cmocka_unit_test(what_fails_at_receipt_is_there_in_the_end),
        cmocka_unit_test(a_quiet_broker_repeats_nothing),
    };

    broker = tested;
    first_seed = effort_seed();
    histories = effort_count(effort);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
