/* exchange.c - neighbours between which events and commands pass. */
#include "support/domains/exchange.h"

#include <stdio.h>
#include <stdlib.h>

JANGLE_EVENT(coins_seen, amount, total);

static const struct jangle_publisher to_counter = {
    .name = "to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_consumer watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_seen, .as = "coins_put_in"}),
};
static const struct jangle_consumer counter = {
    .name = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publishers publishers =
    JANGLE_PUBLISHERS(&purse_news, &to_counter);
static const struct jangle_consumers consumers = JANGLE_CONSUMERS(&watch, &counter);

static enum jangle_result pass_on(struct jangle_delivery *delivery,
                                  const struct jangle_event *event)
{
    return jangle_delivery_post(delivery, &to_counter, put_in,
                                .purse_id = event->aggregate_id,
                                .amount = event->version);
}

/* Tests end its process again and again, and after ten times in one event it would give
 * that up. */
const struct jangle_subscriber exchange_forwarder = {
    .name = "forwarder",
    .handlers = JANGLE_HANDLERS({&coins_put_in, pass_on}),
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 1000},
};

/* They read all that is stored, when all is over. */
static struct follower seen, counted;
static int64_t amounts[EXCHANGE_PURSES][EXCHANGE_EVENTS_MAX];

static int purse_of(const char *id)
{
    long purse = strtol(id, NULL, 10);

    assert_in_range(purse, 0, EXCHANGE_PURSES - 1);
    return (int)purse;
}

static enum jangle_result count_command(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    amounts[purse_of(event->aggregate_id)][event->version] = coins->amount;
    return follower_handle(delivery, event);
}

static const struct jangle_subscriber seen_auditor = {
    .name = "seen_auditor",
    .context = &seen,
    .handlers = JANGLE_HANDLERS({&coins_seen, follower_handle}),
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_subscriber counted_auditor = {
    .name = "counted_auditor",
    .context = &counted,
    .handlers = JANGLE_HANDLERS({&coins_put_in, count_command}),
    .start = JANGLE_FROM_FIRST,
};

/* ---- open ------------------------------------------------------------------ */

void exchange_init(struct neighbours *both, bool in_files)
{
    neighbours_init(both, in_files);
    both->sender.config.publishers = publishers;
    both->taker.config.consumers = consumers;
    both->taker.config.aggregates = purse_aggregates;
    both->taker.config.source = "taker";
}

static bool is_in_memory(const struct world *world)
{
    return !world->directory[0];
}

bool exchange_try_open(struct neighbours *both, struct world *world)
{
    if (world == &both->sender)
        return world_try_open(world, &exchange_forwarder, NULL);
    return is_in_memory(world)
               ? world_try_open(world, &seen_auditor, &counted_auditor, NULL)
               : world_try_open(world, NULL);
}

void exchange_open(struct neighbours *both, struct world *world)
{
    if (!exchange_try_open(both, world))
        fail_msg("%s", world->error.message);
}

void exchange_open_both(struct neighbours *both)
{
    exchange_open(both, &both->taker);
    neighbours_poll(both);
    exchange_open(both, &both->sender);
}

/* ---- run ------------------------------------------------------------------- */

enum jangle_result
exchange_send(struct neighbours *both, int number, struct jangle_outcome *outcome)
{
    char id[16], purse[16];

    snprintf(id, sizeof id, "c%d", number);
    snprintf(purse, sizeof purse, "%d", number % EXCHANGE_PURSES);
    return jangle_send_in(both->sender.jangle, outcome, jangle_envelope(.command_id = id),
                          put_in, .purse_id = purse, .amount = 1);
}

bool exchange_is_complete(struct neighbours *both, int64_t count)
{
    return world_stats(&both->taker).position == 2 * count;
}

/* A poll that fails has not done all it could. */
static int64_t poll_whatever_comes(struct world *world)
{
    int64_t done;
    enum jangle_result result = jangle_poll(world->jangle, &done, NULL);

    return result ? 1 : done;
}

void exchange_settle(struct neighbours *both, int64_t count, int rounds)
{
    while (rounds-- > 0 && !exchange_is_complete(both, count)) {
        int64_t done = 1, more = 0;

        neighbours_pass(both, 40000);
        for (int i = 0; i < 1000 && done + more; i++) {
            done = poll_whatever_comes(&both->sender);
            more = poll_whatever_comes(&both->taker);
        }
    }
}

/* ---- what is there --------------------------------------------------------- */

/* All of them, once. */
static void assert_all(struct follower *follower, int64_t count, bool in_order)
{
    bool found[EXCHANGE_PURSES][EXCHANGE_EVENTS_MAX] = {{false}};
    int64_t last[EXCHANGE_PURSES] = {0};

    assert_int_equal(follower->count, count);
    for (size_t i = 0; i < follower->count; i++) {
        const struct follower_seen *one = &follower->seen[i];
        int purse = purse_of(one->id);

        assert_in_range(one->version, 1, count / EXCHANGE_PURSES);
        assert_false(found[purse][one->version]);
        found[purse][one->version] = true;
        assert_true(!in_order || one->version > last[purse]);
        last[purse] = one->version;
    }
    follower_clear(follower);
}

/* The commands of a purse were done once, in the order in which they were posted: the
 * amounts are 1, 2, 3... */
static void assert_amounts(int64_t count, bool in_order)
{
    for (int purse = 0; purse < EXCHANGE_PURSES; purse++) {
        int64_t each = count / EXCHANGE_PURSES, sum = 0;

        for (int64_t version = 1; version <= each; version++) {
            assert_true(!in_order || amounts[purse][version] == version);
            sum += amounts[purse][version];
        }
        assert_int_equal(sum, each * (each + 1) / 2);
    }
}

static bool is_calm(struct world *world)
{
    struct jangle_left left;

    return !jangle_drain(world->jangle, -1, &left, NULL) && !left.parked && !left.dead &&
           !left.suspended;
}

/* What is in memory cannot be opened again, so the auditors are there from the start, and
 * read all from the first event. */
static void audit(struct world *taker)
{
    follower_clear(&seen);
    follower_clear(&counted);
    if (is_in_memory(taker)) {
        assert_result(jangle_subscriber_reset(taker->jangle, "seen_auditor", 0, NULL),
                      JANGLE_OK);
        assert_result(jangle_subscriber_reset(taker->jangle, "counted_auditor", 0, NULL),
                      JANGLE_OK);
    } else {
        world_close(taker);
        world_open(taker, &seen_auditor, &counted_auditor, NULL);
    }
    world_poll(taker);
}

static void assert_effects(struct neighbours *both, int64_t count, bool in_order)
{
    static const char *const names[] = {"watch", "counter"};
    struct world *taker = &both->taker;

    for (int i = 0; i < 100 && (!i || !is_calm(&both->sender)); i++) {
        neighbours_pass(both, 40000); /* who waits for a next attempt makes it */
        neighbours_poll(both);
    }
    assert_true(is_calm(&both->sender));
    assert_int_equal(world_stats(taker).position, 2 * count);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(endpoint_of(taker, names[i]).dead, 0);
    audit(taker);
    assert_true(is_calm(taker));
    assert_all(&seen, count, in_order);
    assert_all(&counted, count, in_order);
    assert_amounts(count, in_order);
}

void exchange_assert_whole(struct neighbours *both, int64_t count)
{
    assert_effects(both, count, true);
}

void exchange_assert_each(struct neighbours *both, int64_t count)
{
    assert_effects(both, count, false);
}
