/* chaos.c - brokers that refuse, forget to confirm, repeat, give back and
 * disconnect, on both sides: what was published is there once, in its order. */
#include "support/brokers/watched_broker.h"
#include "support/domains/exchange.h"
#include "support/effort.h"
#include "support/shard.h"

#include <jangle/transport/chaos.h>

#include <stdlib.h>

enum { EVENTS = 99, ROUNDS = 400 };

static const struct jangle_chaos faults = {
    .refuse = 0.05,
    .unconfirm = 0.05,
    .repeat = 0.1,
    .give_back = 0.05,
    .disconnect = 0.05,
};

/* Two programs, each with its own faults between it and the hub. */
struct history {
    struct neighbours both;
    struct jangle_broker hub;
    struct jangle_chaos sender_faults, taker_faults;
    struct jangle_chaos_options to_sender, to_taker;
    unsigned dice;
};

static void
begin(struct history *history, const struct jangle_chaos *chaos, unsigned seed)
{
    struct neighbours *both = &history->both;

    history->dice = seed;
    history->sender_faults = history->taker_faults = *chaos;
    history->sender_faults.seed = seed;
    history->taker_faults.seed = seed + UINT64_C(1000000007);
    exchange_init(both, false);
    history->hub = jangle_hub_broker(both->hub);
    history->to_sender =
        (struct jangle_chaos_options){&history->hub, &history->sender_faults};
    history->to_taker =
        (struct jangle_chaos_options){&history->hub, &history->taker_faults};
    both->sender.config.broker = jangle_chaos_broker(&history->to_sender);
    both->taker.config.broker = jangle_chaos_broker(&history->to_taker);
    both->sender.config.publish_count = 7; /* so that many calls are needed */
    both->taker.config.receive_count = 7;
    exchange_open(both, &both->taker);
    for (int i = 0; i < 10; i++) { /* its queues are there when all began */
        world_poll(&both->taker);
        neighbours_pass(both, 40000);
    }
    exchange_open(both, &both->sender);
}

/* Some are sent; then the hub goes, or comes back, or both sides work for a while. */
static void live(struct history *history)
{
    struct neighbours *both = &history->both;
    struct jangle_outcome outcome;

    for (int i = 0; i < EVENTS; i++) {
        assert_result(exchange_send(both, i, &outcome), JANGLE_OK);
        switch (rand_r(&history->dice) % 8) {
        case 0:
            jangle_hub_stop(both->hub);
            break;
        case 1:
        case 2:
            jangle_hub_start(both->hub);
            break;
        case 3:
        case 4:
            neighbours_poll(both);
            break;
        default:
            neighbours_pass(both, rand_r(&history->dice) % 2000);
            jangle_poll(both->sender.jangle, NULL, NULL);
            jangle_poll(both->taker.jangle, NULL, NULL);
            break;
        }
    }
    jangle_hub_start(both->hub);
    exchange_settle(both, EVENTS, ROUNDS);
}

/* Messages that came again. */
static int64_t repeated;

static void run_all(const struct jangle_chaos *chaos,
                    int count,
                    void (*check)(struct neighbours *both, int64_t count))
{
    unsigned seed = (unsigned)effort_seed();

    for (int i = 0; i < count; i++) {
        static struct history history;

        if (!shard_takes(i))
            continue;
        begin(&history, chaos, seed + (unsigned)i);
        live(&history);
        check(&history.both, EVENTS);
        repeated += endpoint_of(&history.both.taker, "watch").repeated;
        repeated += endpoint_of(&history.both.taker, "counter").repeated;
        neighbours_finish(&history.both);
    }
}

static void nothing_is_lost_or_doubled_or_out_of_order(void **state)
{
    (void)state;
    repeated = 0;
    run_all(&faults, effort_count(EFFORT_MESSAGES_CHAOS), exchange_assert_whole);
    assert_true(repeated > EVENTS);
}

/* What failed comes again later, and its key goes on without it. */
static void what_fails_at_receipt_is_there_in_the_end(void **state)
{
    struct jangle_chaos failing = faults;

    (void)state;
    failing.fail = 0.1;
    run_all(&failing, effort_count(EFFORT_MESSAGES_CHAOS) / 4, exchange_assert_each);
}

/* It refuses one parcel, and takes a later one of the same stream in the same call: so it
 * is given only one of a stream at a time. */
static void order_is_kept_by_a_broker_that_keeps_no_prefix(void **state)
{
    (void)state;
    for (int each = 2; each < 12; each++) {
        static struct neighbours both;
        static struct watched_broker watched;
        struct jangle_outcome outcome;

        exchange_init(&both, false);
        watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub),
                                          .refuses_each = each};
        both.sender.config.broker = watched_broker_make(&watched);
        exchange_open_both(&both);
        for (int i = 0; i < EVENTS; i++)
            assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
        exchange_settle(&both, EVENTS, ROUNDS);
        exchange_assert_whole(&both, EVENTS);
        neighbours_finish(&both);
    }
}

/* Without faults the same history passes at once: what the tests above find is chaos. */
static void a_quiet_broker_needs_no_second_attempt(void **state)
{
    static const struct jangle_chaos none = {.seed = 1};

    (void)state;
    repeated = 0;
    run_all(&none, 1, exchange_assert_whole);
    assert_int_equal(repeated, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_or_doubled_or_out_of_order),
        cmocka_unit_test(what_fails_at_receipt_is_there_in_the_end),
        cmocka_unit_test(order_is_kept_by_a_broker_that_keeps_no_prefix),
        cmocka_unit_test(a_quiet_broker_needs_no_second_attempt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
