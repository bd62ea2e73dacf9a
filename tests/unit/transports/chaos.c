/* chaos.c - a broker with faults around the one in memory: each fault does what it is
 * called, and none of them loses a parcel or its order. */
#include "unit/transports/hub_scene.h"

#include <jangle/transport/chaos.h>

#include <stdio.h>

/* A scene of the hub, whose transport `one` has faults while the test runs. */
struct storm {
    struct hub_scene *hub;
    struct jangle_broker inner;
    struct jangle_chaos chaos;
    struct jangle_chaos_options options;
    struct jangle_broker broker;
    struct jangle_transport *with; /* faults */
    struct jangle_transport *without;
};

static void storm_open(struct storm *storm,
                       void **state,
                       struct jangle_broker (*broker_of)(struct jangle_hub *hub),
                       struct jangle_chaos chaos)
{
    *storm = (struct storm){.hub = *state, .chaos = chaos};
    if (!chaos.seed)
        storm->chaos.seed = 1;
    storm->inner = broker_of(storm->hub->hub);
    storm->options = (struct jangle_chaos_options){&storm->inner, &storm->chaos};
    storm->broker = jangle_chaos_broker(&storm->options);
    storm->with = open_transport(storm->broker, &storm->hub->host.host, "storm");
    storm->without = storm->hub->two;
}

static void storm_close(struct storm *storm)
{
    storm->with->ops->close(storm->with);
}

/* ---- publishing ---------------------------------------------------------------- */

static void without_faults_all_goes_through(void **state)
{
    struct storm storm;
    struct jangle_queue other = {.name = "other", .topic = "news", .dead = "other.dead"};
    struct jangle_parcel parcel;

    storm_open(&storm, state, jangle_hub_broker, (struct jangle_chaos){0});
    assert_string_equal(storm.with->ops->name, "chaos");
    assert_true(storm.with->ops->keeps_prefix);
    declare_topic(storm.with, "news");
    declare_queue(storm.with, &other);
    attach(storm.with, "other");
    publish_to(storm.with, "news", "added", "a", "1");
    publish_to(storm.with, "news", "added", "a", "2");
    assert_int_equal(count_in(storm.with, "other"), 2);
    parcel = receive_one(storm.with, "1");
    assert_result(again(storm.with, &parcel, 0, 3), JANGLE_OK);
    receive_all(storm.with, "2 1", true);
    publish_into(storm.with, "other", "a", "3");
    assert_result(storm.with->ops->purge(storm.with, "other", NULL), JANGLE_OK);
    receive_all(storm.with, "", true);
    assert_result(storm.with->ops->tend(storm.with, NULL), JANGLE_OK);
    assert_result(storm.with->ops->detach(storm.with, "other", NULL), JANGLE_OK);
    publish_into(storm.with, "other", "a", "4");
    receive_all(storm.with, "", true);
    assert_result(storm.with->ops->remove_queue(storm.with, &other, NULL), JANGLE_OK);
    assert_result(storm.with->ops->remove_topic(storm.with, "news", NULL), JANGLE_OK);
    storm_close(&storm);
}

/* Publish 10 parcels in one call, each of the key that `keys` has for it. */
static void publish_ten(struct storm *storm,
                        const char *const keys[10],
                        const char *route_of_last,
                        enum jangle_result results[10])
{
    static const char *const bodies[10] = {"0", "1", "2", "3", "4",
                                           "5", "6", "7", "8", "9"};
    struct jangle_parcel parcels[10] = {0};

    for (int i = 0; i < 10; i++)
        parcels[i] = (struct jangle_parcel){.topic = "shop",
                                            .route = i == 9 ? route_of_last : "added",
                                            .key = keys[i],
                                            .body = bodies[i],
                                            .body_size = 1,
                                            .result = JANGLE_CLOSED};
    assert_result(storm->with->ops->publish(storm->with, parcels, 10, 1000, NULL),
                  JANGLE_OK);
    for (int i = 0; i < 10; i++)
        results[i] = parcels[i].result;
}

static void what_is_refused_is_not_published(void **state)
{
    static const char *const spared[] = {"kept", NULL};
    static const char *const keys[10] = {0};
    enum jangle_result results[10];
    struct storm storm;

    storm_open(&storm, state, jangle_hub_broker,
               (struct jangle_chaos){.refuse = 1, .spared = spared});
    publish_ten(&storm, keys, "kept", results);
    for (int i = 0; i < 9; i++)
        assert_result(results[i], JANGLE_BUSY);
    assert_result(results[9], JANGLE_OK);
    attach(storm.without, "orders");
    receive_all(storm.without, "9", true);
    storm_close(&storm);
}

/* Of each key a beginning is published, also if the last one is spared. */
static void what_is_published_of_a_key_is_a_beginning(void **state)
{
    static const char *const spared[] = {"kept", NULL};
    static const char *const keys[10] = {"a", "b", "a", "b",  "a",
                                         "b", "a", "b", NULL, "a"};
    int mixed = 0;

    for (uint64_t seed = 1; seed <= 100; seed++) {
        enum jangle_result results[10];
        struct storm storm;
        bool refused[2] = {false, false}, any_ok = false;

        storm_open(&storm, state, jangle_hub_broker,
                   (struct jangle_chaos){.refuse = 0.3, .spared = spared, .seed = seed});
        publish_ten(&storm, keys, "kept", results);
        for (int i = 0; i < 10; i++) {
            bool *of_key = i == 8 ? NULL : &refused[i % 2 && i != 9];

            if (of_key && *of_key)
                assert_result(results[i], JANGLE_BUSY);
            if (of_key && results[i])
                *of_key = true;
            any_ok = any_ok || !results[i];
        }
        mixed += any_ok && refused[0] && results[9];
        storm_close(&storm);
    }
    assert_true(mixed > 10);
}

static void what_is_not_confirmed_is_published(void **state)
{
    struct storm storm;
    struct jangle_parcel parcel = {.queue = "away"};

    storm_open(&storm, state, jangle_hub_broker, (struct jangle_chaos){.unconfirm = 1});
    assert_result(publish_one(storm.with, parcel), JANGLE_NOT_FOUND);
    parcel = (struct jangle_parcel){.queue = "orders", .body = "1", .body_size = 1};
    assert_result(publish_one(storm.with, parcel), JANGLE_TIMEOUT);
    attach(storm.without, "orders");
    receive_all(storm.without, "1", true);
    storm_close(&storm);
}

/* ---- receiving ----------------------------------------------------------------- */

static void
publish_numbers(struct jangle_transport *transport, const char *queue, int count)
{
    for (int i = 0; i < count; i++) {
        char body[16], key[2] = {(char)('a' + i % 3), '\0'};

        snprintf(body, sizeof body, "%03d", i);
        publish_into(transport, queue, key, body);
    }
}

static int number_of(const struct jangle_parcel *parcel)
{
    const char *body = parcel->body;

    return (body[0] - '0') * 100 + (body[1] - '0') * 10 + (body[2] - '0');
}

static void a_repeated_parcel_comes_twice(void **state)
{
    struct storm storm;
    int seen[10] = {0};

    storm_open(&storm, state, jangle_hub_broker, (struct jangle_chaos){.repeat = 1});
    attach(storm.with, "orders");
    publish_numbers(storm.without, "orders", 10);
    for (int calls = 0; calls < 50; calls++) {
        struct received got = receive(storm.with, 4);

        for (size_t i = 0; i < got.count; i++) {
            seen[number_of(&got.parcels[i])]++;
            take(storm.with, &got.parcels[i]);
        }
    }
    for (int i = 0; i < 10; i++)
        assert_int_equal(seen[i], 2);
    assert_int_equal(count_in(storm.without, "orders"), 0);
    storm_close(&storm);
}

/* The copy is for the queue, and not for others that are bound to the same topic. */
static void no_other_queue_gets_the_copy(void **state)
{
    struct jangle_queue other = {.name = "other", .topic = "shop"};
    struct storm storm;

    storm_open(&storm, state, jangle_hub_broker, (struct jangle_chaos){.repeat = 1});
    declare_queue(storm.without, &other);
    attach(storm.with, "orders");
    publish_to(storm.without, "shop", "added", "a", "1");
    receive_all(storm.with, "1", true);
    receive_all(storm.with, "1", true);
    receive_all(storm.with, "", true);
    assert_int_equal(count_in(storm.without, "other"), 1);
    storm_close(&storm);
}

static void what_is_given_back_stays_in_its_queue(void **state)
{
    static const char *const spared[] = {"other", NULL};
    struct jangle_queue other = {.name = "other"};
    struct storm storm;

    storm_open(&storm, state, jangle_hub_broker,
               (struct jangle_chaos){.give_back = 1, .spared = spared});
    declare_queue(storm.without, &other);
    attach(storm.with, "orders");
    attach(storm.with, "other");
    publish_numbers(storm.without, "orders", 3);
    publish_into(storm.without, "other", "a", "x");
    for (int calls = 0; calls < 5; calls++)
        receive_all(storm.with, calls ? "" : "x", true);
    assert_result(storm.with->ops->detach(storm.with, "orders", NULL), JANGLE_OK);
    attach(storm.without, "orders");
    receive_all(storm.without, "000 001 002", true);
    storm_close(&storm);
}

/* Of each batch a beginning is received, whatever the keys are, and the rest comes next.
 */
static void what_is_behind_a_parcel_that_is_given_back_goes_with_it(void **state)
{
    int parts = 0;

    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct storm storm;
        int next = 0;

        storm_open(&storm, state, jangle_hub_broker,
                   (struct jangle_chaos){.give_back = 0.3, .seed = seed});
        attach(storm.with, "orders");
        publish_numbers(storm.without, "orders", 10);
        while (next < 10) {
            struct received got = receive(storm.with, 10);

            for (size_t i = 0; i < got.count; i++) {
                assert_int_equal(number_of(&got.parcels[i]), next++);
                take(storm.with, &got.parcels[i]);
            }
            parts++;
        }
        storm_close(&storm);
    }
    assert_true(parts > 60);
}

static void a_failed_parcel_comes_again_as_a_later_attempt(void **state)
{
    struct storm storm;
    struct jangle_parcel parcel;

    storm_open(&storm, state, jangle_hub_broker, (struct jangle_chaos){.fail = 1});
    attach(storm.with, "orders");
    publish_into(storm.without, "orders", "a", "1");
    for (int calls = 0; calls < 5; calls++)
        receive_all(storm.with, "", true);
    assert_result(storm.with->ops->detach(storm.with, "orders", NULL), JANGLE_OK);
    attach(storm.without, "orders");
    parcel = receive_one(storm.without, "1");
    assert_int_equal(parcel.attempt, 6);
    storm_close(&storm);
}

static void a_delayed_parcel_comes_later_and_keys_stay_in_order(void **state)
{
    static const char *const spared[] = {"fast", NULL};
    struct storm storm;

    storm_open(&storm, state, jangle_hub_broker,
               (struct jangle_chaos){.delay_ms = 100, .spared = spared});
    attach(storm.with, "orders");
    publish_to(storm.without, "shop", "slow", "a", "1");
    publish_to(storm.without, "shop", "fast", "a", "2");
    publish_to(storm.without, "shop", "fast", "b", "3");
    publish_to(storm.without, "shop", "fast", NULL, "4");
    receive_all(storm.with, "3 4", true);
    pass_ms(storm.hub, 60);
    publish_to(storm.without, "shop", "slow", "c", "5");
    receive_all(storm.with, "", true);
    pass_ms(storm.hub, 39);
    receive_all(storm.with, "", true);
    pass_ms(storm.hub, 1);
    receive_all(storm.with, "1 2", true);
    pass_ms(storm.hub, 60);
    receive_all(storm.with, "5", true);
    assert_int_equal(count_in(storm.without, "orders"), 0);
    storm_close(&storm);
}

static void a_receive_keeps_to_its_limits(void **state)
{
    struct storm storm;
    struct jangle_parcel *parcels;
    size_t count;

    storm_open(&storm, state, jangle_hub_broker, (struct jangle_chaos){.delay_ms = 10});
    attach(storm.with, "orders");
    publish_into(storm.without, "orders", "a", "12345");
    publish_into(storm.without, "orders", "b", "67");
    publish_into(storm.without, "orders", "c", "8");
    receive_all(storm.with, "", true);
    pass_ms(storm.hub, 10);
    assert_int_equal(receive(storm.with, 0).count, 0);
    assert_result(storm.with->ops->receive(storm.with, 9, 6, 0, &parcels, &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 1);
    receive_one(storm.with, "67");
    receive_all(storm.with, "8", true);
    storm_close(&storm);
}

/* By the system's clock: the moment of a held parcel ends the wait of the inner one. */
static void the_end_of_a_delay_ends_a_wait(void **state)
{
    struct jangle_hub *hub = jangle_hub_open(NULL);
    struct jangle_broker inner = jangle_hub_broker(hub);
    struct jangle_chaos chaos = {.delay_ms = 20, .seed = 1};
    struct jangle_chaos_options options = {&inner, &chaos};
    struct jangle_queue queue = {.name = "q"};
    struct jangle_host host = {0};
    struct jangle_transport *transport;
    struct jangle_parcel *parcels;
    size_t count = 0;

    (void)state;
    jn_host_fill_in(&host);
    transport = open_transport(jangle_chaos_broker(&options), &host, "one");
    declare_queue(transport, &queue);
    attach(transport, "q");
    publish_into(transport, "q", "a", "1");
    receive(transport, 1);
    while (!count)
        assert_result(
            transport->ops->receive(transport, 1, 1, 1800000, &parcels, &count, NULL),
            JANGLE_OK);
    take(transport, parcels);
    transport->ops->wake(transport);
    assert_result(
        transport->ops->receive(transport, 1, 1, 1800000, &parcels, &count, NULL),
        JANGLE_OK);
    assert_int_equal(count, 0);
    transport->ops->close(transport);
    jangle_hub_close(hub);
}

/* ---- the end of a connection ---------------------------------------------------- */

static void each_call_may_end_the_connection(void **state)
{
    struct storm storm;
    const struct jangle_transport_ops *ops;
    struct jangle_queue orders = {.name = "orders"};
    struct jangle_parcel parcel = {.topic = "shop"}, *parcels;
    struct jangle_error error = {0};
    int64_t waiting;
    size_t count = 1;

    storm_open(&storm, state, jangle_hub_broker, (struct jangle_chaos){.disconnect = 1});
    ops = storm.with->ops;
    assert_result(ops->declare_topic(storm.with, "t", &error), JANGLE_BUSY);
    assert_string_equal(error.message,
                        "chaos: the connection has ended, as it shall now and then");
    assert_result(ops->declare_queue(storm.with, &orders, NULL), JANGLE_BUSY);
    assert_result(ops->publish(storm.with, &parcel, 1, 1, NULL), JANGLE_BUSY);
    assert_result(parcel.result, JANGLE_BUSY);
    assert_result(ops->attach(storm.with, &orders, NULL, 0, NULL), JANGLE_BUSY);
    assert_result(ops->detach(storm.with, "orders", NULL), JANGLE_BUSY);
    assert_result(ops->receive(storm.with, 1, 1, 0, &parcels, &count, NULL), JANGLE_BUSY);
    assert_int_equal(count, 0);
    assert_result(ops->tend(storm.with, NULL), JANGLE_BUSY);
    assert_result(ops->count(storm.with, "orders", &waiting, NULL), JANGLE_BUSY);
    assert_result(ops->purge(storm.with, "orders", NULL), JANGLE_BUSY);
    assert_result(ops->remove_queue(storm.with, &orders, NULL), JANGLE_BUSY);
    assert_result(ops->remove_topic(storm.with, "shop", NULL), JANGLE_BUSY);
    storm_close(&storm);
}

static void calls_that_concern_what_is_spared_have_no_fault(void **state)
{
    static const char *const spared[] = {"orders", "shop", "added", NULL};
    struct storm storm;

    storm_open(&storm, state, jangle_hub_broker,
               (struct jangle_chaos){.disconnect = 1,
                                     .refuse = 1,
                                     .unconfirm = 1,
                                     .repeat = 1,
                                     .give_back = 1,
                                     .fail = 1,
                                     .delay_ms = 1000,
                                     .spared = spared});
    declare_topic(storm.with, "shop");
    attach(storm.with, "orders");
    publish_to(storm.with, "shop", "added", "a", "1");
    publish_into(storm.with, "orders", "a", "2");
    assert_int_equal(count_in(storm.with, "orders"), 2);
    assert_result(storm.with->ops->tend(storm.with, NULL), JANGLE_OK);
    receive_all(storm.with, "1 2", true);
    assert_int_equal(count_in(storm.without, "orders"), 0);
    storm_close(&storm);
}

/* The seeds are searched for one in which the connection ends between receive and settle:
 * then what was in hand is a conflict, and comes again first. */
static void what_was_in_hand_is_a_conflict_after_a_disconnect(void **state)
{
    int ended = 0;

    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct hub_scene *hub = *state;
        struct storm storm;
        struct jangle_queue orders = {.name = "orders"};
        struct jangle_parcel *parcels, parcel;
        size_t count;

        storm_open(&storm, state, jangle_hub_broker,
                   (struct jangle_chaos){.disconnect = 0.5, .seed = seed});
        publish_into(hub->two, "orders", "a", "1");
        publish_into(hub->two, "orders", "a", "2");
        if (!storm.with->ops->attach(storm.with, &orders, NULL, 0, NULL) &&
            !storm.with->ops->receive(storm.with, 1, 1, 0, &parcels, &count, NULL) &&
            storm.with->ops->tend(storm.with, NULL) == JANGLE_BUSY) {
            struct jangle_settlement settlement = {.disposition = JANGLE_TAKEN};
            enum jangle_result result;

            assert_int_equal(count, 1);
            parcel = *parcels;
            settlement.parcel = &parcel;
            result = storm.with->ops->settle(storm.with, &settlement, 1, NULL);
            assert_result(settlement.result, result ? JANGLE_BUSY : JANGLE_CONFLICT);
            while (storm.with->ops->receive(storm.with, 9, 9, 0, &parcels, &count, NULL))
                continue;
            assert_int_equal(count, 2);
            assert_memory_equal(parcels->body, "1", 1);
            ended++;
        }
        storm_close(&storm);
        assert_result(hub->two->ops->purge(hub->two, "orders", NULL), JANGLE_OK);
    }
    assert_true(ended > 1);
}

static void a_queue_that_was_removed_meanwhile_is_not_found(void **state)
{
    struct storm storm;
    struct jangle_queue orders = {.name = "orders"};
    struct jangle_parcel *parcels;
    size_t count;

    storm_open(&storm, state, jangle_hub_broker, (struct jangle_chaos){.give_back = 1});
    attach(storm.with, "orders");
    publish_into(storm.without, "orders", "a", "1");
    receive_all(storm.with, "", true);
    assert_result(storm.without->ops->remove_queue(storm.without, &orders, NULL),
                  JANGLE_OK);
    assert_result(storm.with->ops->receive(storm.with, 1, 1, 0, &parcels, &count, NULL),
                  JANGLE_NOT_FOUND);
    receive_all(storm.with, "", true);
    storm_close(&storm);
}

/* ---- all at once ---------------------------------------------------------------- */

enum { COUNT = 60 };

/* What one program sees: how often each parcel came, and the last number of each key that
 * came for the first time. */
struct seen {
    int times[COUNT];
    int last[3];
    int left;
};

static void see(struct seen *seen, const struct jangle_parcel *parcel)
{
    int number = number_of(parcel);

    if (seen->times[number]++)
        return;
    assert_true(number > seen->last[number % 3] || (number == 0 && seen->last[0] == 0));
    seen->last[number % 3] = number;
    seen->left--;
}

/* Publish each parcel until it is confirmed, and receive until all came. */
static struct seen run_storm(struct storm *storm, const char *queue)
{
    struct seen seen = {.left = COUNT};
    struct jangle_queue from = {.name = queue};
    int next = 0;

    while (storm->with->ops->attach(storm->with, &from, NULL, 0, NULL))
        continue;
    for (int calls = 0; seen.left; calls++) {
        struct jangle_settlement settlements[8];
        struct jangle_parcel *parcels;
        char body[16], key[2] = {(char)('a' + next % 3), '\0'};
        struct jangle_parcel sent = {
            .queue = queue, .key = key, .body = body, .body_size = 3};
        size_t count;

        assert_true(calls < 100000);
        snprintf(body, sizeof body, "%03d", next);
        if (next < COUNT && !storm->with->ops->publish(storm->with, &sent, 1, 1, NULL))
            next += !sent.result;
        storm->hub->clock.us += 1000;
        if (storm->with->ops->receive(storm->with, 8, 1000, 0, &parcels, &count, NULL))
            continue;
        for (size_t i = 0; i < count; i++) {
            see(&seen, &parcels[i]);
            settlements[i] = (struct jangle_settlement){.parcel = &parcels[i],
                                                        .disposition = JANGLE_TAKEN};
        }
        storm->with->ops->settle(storm->with, settlements, count, NULL);
    }
    return seen;
}

static const struct jangle_chaos everything = {.refuse = 0.1,
                                               .unconfirm = 0.1,
                                               .repeat = 0.1,
                                               .give_back = 0.1,
                                               .disconnect = 0.1,
                                               .delay_ms = 3};

static void storms_lose_nothing(void **state,
                                struct jangle_broker (*broker_of)(struct jangle_hub *hub))
{
    int doubled = 0;

    for (uint64_t seed = 1; seed <= 200; seed += TEST_STRIDE) {
        struct hub_scene *hub = *state;
        struct jangle_queue row = {.name = "row", .in_order = true};
        struct jangle_chaos chaos = everything;
        struct storm storm;
        struct seen seen;

        chaos.seed = seed;
        chaos.delay_ms = seed % 2 ? 3 : 0;
        declare_queue(hub->two, &row);
        storm_open(&storm, state, broker_of, chaos);
        seen = run_storm(&storm, "row");
        for (int i = 0; i < COUNT; i++)
            doubled += seen.times[i] > 1;
        storm_close(&storm);
        assert_result(hub->two->ops->remove_queue(hub->two, &row, NULL), JANGLE_OK);
    }
    assert_true(doubled > 0);
}

static void a_storm_loses_nothing_and_keeps_the_order_of_keys(void **state)
{
    storms_lose_nothing(state, jangle_hub_broker);
}

static void a_storm_over_logs_loses_nothing_and_keeps_the_order_of_keys(void **state)
{
    storms_lose_nothing(state, jangle_hub_log_broker);
}

static void failures_lose_nothing_either(void **state)
{
    struct jangle_chaos chaos = {
        .fail = 0.3, .repeat = 0.1, .disconnect = 0.05, .seed = 7};
    struct storm storm;
    int seen[COUNT] = {0}, left = COUNT, later = 0;

    storm_open(&storm, state, jangle_hub_broker, chaos);
    publish_numbers(storm.without, "orders", COUNT);
    while (storm.with->ops->attach(storm.with, &(struct jangle_queue){.name = "orders"},
                                   NULL, 0, NULL))
        continue;
    while (left) {
        struct jangle_parcel *parcels;
        size_t count;

        if (storm.with->ops->receive(storm.with, 8, 1000, 0, &parcels, &count, NULL))
            continue;
        for (size_t i = 0; i < count; i++) {
            struct jangle_settlement settlement = {.parcel = &parcels[i],
                                                   .disposition = JANGLE_TAKEN};

            left -= !seen[number_of(&parcels[i])]++;
            later += parcels[i].attempt > 1;
            storm.with->ops->settle(storm.with, &settlement, 1, NULL);
        }
    }
    assert_true(later > 0);
    storm_close(&storm);
}

/* ---- seeds ---------------------------------------------------------------------- */

/* The results of 64 parcels, a bit each. */
static uint64_t pattern_of(void **state, uint64_t seed, bool draws)
{
    struct storm storm;
    uint64_t pattern = 0;

    storm_open(&storm, state, jangle_hub_broker,
               (struct jangle_chaos){.refuse = 0.5, .seed = seed});
    if (draws) {
        storm.with->ops->close(storm.with);
        storm.chaos.seed = 0;
        storm.with = open_transport(storm.broker, &storm.hub->host.host, "storm");
    }
    for (int i = 0; i < 64; i++) {
        struct jangle_parcel parcel = {.queue = "orders"};

        if (publish_one(storm.with, parcel))
            pattern |= UINT64_C(1) << i;
    }
    storm_close(&storm);
    return pattern;
}

static void the_same_seed_gives_the_same_faults(void **state)
{
    assert_true(pattern_of(state, 5, false) == pattern_of(state, 5, false));
    assert_true(pattern_of(state, 5, false) != pattern_of(state, 6, false));
}

static void note_seed(void *context, const struct jangle_log_entry *entry)
{
    assert_string_equal(entry->topic, "CHAOS");
    assert_string_equal(entry->pairs[0].text, "storm");
    assert_string_equal(entry->pairs[1].name, "seed");
    *(int64_t *)context = entry->pairs[1].number;
}

static void a_seed_that_was_drawn_is_logged(void **state)
{
    struct hub_scene *scene = *state;
    int64_t logged = 0;
    uint64_t pattern;

    scene->host.host.logger = (struct jangle_logger){note_seed, &logged};
    pattern = pattern_of(state, 1, true);
    assert_true(logged > 0);
    assert_true(pattern == pattern_of(state, (uint64_t)logged, false));
}

/* ---- opening -------------------------------------------------------------------- */

static void what_is_no_probability_is_invalid(void **state)
{
    static const struct {
        struct jangle_chaos chaos;
        const char *message;
    } cases[] = {
        {{.refuse = 1.5},
         "chaos: refuse is 1.5, and must be a probability between 0 and 1"},
        {{.unconfirm = -0.5},
         "chaos: unconfirm is -0.5, and must be a probability between 0 and 1"},
        {{.repeat = 2}, "chaos: repeat is 2, and must be a probability between 0 and 1"},
        {{.give_back = 2},
         "chaos: give_back is 2, and must be a probability between 0 and 1"},
        {{.fail = 2}, "chaos: fail is 2, and must be a probability between 0 and 1"},
        {{.disconnect = 2},
         "chaos: disconnect is 2, and must be a probability between 0 and 1"},
        {{.delay_ms = -1}, "chaos: delay_ms is -1, and must not be negative"},
    };
    struct hub_scene *scene = *state;
    struct jangle_broker inner = jangle_hub_broker(scene->hub);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_chaos_options options = {&inner, &cases[i].chaos};
        struct jangle_broker broker = jangle_chaos_broker(&options);
        struct jangle_transport *transport = NULL;
        struct jangle_error error = {0};

        assert_result(broker.open(&broker, &scene->host.host, "one", &transport, &error),
                      JANGLE_INVALID);
        assert_null(transport);
        assert_string_equal(error.message, cases[i].message);
    }
}

/* Each allocation fails once. No parcel is lost, and the order of the log stays. */
static bool
live_without_memory(struct test_host *host, struct moved_clock *clock, bool logs)
{
    struct jangle_hub *hub = jangle_hub_open(&host->host);
    struct jangle_broker inner;
    struct jangle_chaos chaos = {
        .repeat = 0.5, .give_back = 0.3, .delay_ms = 1, .seed = 3};
    struct jangle_chaos_options options = {&inner, &chaos};
    struct jangle_broker broker;
    struct jangle_queue row = {
        .name = "row", .topic = "shop", .routes = (const char *[]){"a", NULL}};
    struct jangle_transport *transport = NULL;
    int last = -1;

    if (!hub)
        return false;
    inner = logs ? jangle_hub_log_broker(hub) : jangle_hub_broker(hub);
    broker = jangle_chaos_broker(&options);
    while (broker.open(&broker, &host->host, "one", &transport, NULL))
        continue;
    while (transport->ops->declare_topic(transport, "shop", NULL))
        continue;
    while (transport->ops->declare_queue(transport, &row, NULL))
        continue;
    while (transport->ops->attach(transport, &row, NULL, 0, NULL))
        continue;
    for (int i = 0; i < 5; i++) {
        char body[16];
        struct jangle_parcel parcel = {
            .queue = "row", .key = "k", .body = body, .body_size = 3};

        snprintf(body, sizeof body, "%03d", i);
        while (transport->ops->publish(transport, &parcel, 1, 1, NULL))
            continue;
    }
    for (int calls = 0; last < 4; calls++) {
        struct jangle_parcel *parcels;
        size_t count;

        assert_true(calls < 10000);
        clock->us += 500;
        if (transport->ops->receive(transport, 3, 1000, 0, &parcels, &count, NULL))
            continue;
        for (size_t i = 0; i < count; i++) {
            struct jangle_settlement settlement = {.parcel = &parcels[i],
                                                   .disposition = JANGLE_TAKEN};

            assert_true(number_of(&parcels[i]) <= last + 1);
            last = number_of(&parcels[i]) > last ? number_of(&parcels[i]) : last;
            transport->ops->settle(transport, &settlement, 1, NULL);
        }
    }
    transport->ops->close(transport);
    jangle_hub_close(hub);
    return true;
}

static void nothing_is_lost_without_memory(void **state)
{
    struct test_host host;
    struct moved_clock clock = {.us = 1000000};

    (void)state;
    test_host_init(&host);
    host.host.clock = moved_clock_of(&clock);
    for (int logs = 0; logs < 2; logs++) {
        bool whole = false;
        int64_t at;

        for (at = 1; !whole; at++) {
            failing_allocator_arm(&host.memory, at);
            whole = live_without_memory(&host, &clock, logs) && !host.memory.failed;
            assert_int_equal(host.memory.pieces, 0);
        }
        assert_true(at > 30);
    }
}

/* The hub has said that the queue is gone, and is not attached to it any more: nor are
 * the faults, whichever of both noticed it. */
static void a_queue_that_was_removed_is_attached_no_longer(void **state)
{
    const struct jangle_queue other = {.name = "other"};

    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct storm storm;
        struct jangle_parcel *parcels;
        enum jangle_result result = JANGLE_BUSY;
        size_t count;

        storm_open(&storm, state, jangle_hub_broker,
                   (struct jangle_chaos){.seed = seed, .disconnect = 0.5});
        declare_queue(storm.without, &other);
        while (result)
            result = storm.with->ops->attach(storm.with, &other, NULL, 0, NULL);
        assert_result(storm.without->ops->remove_queue(storm.without, &other, NULL),
                      JANGLE_OK);
        do
            result =
                storm.with->ops->receive(storm.with, 1, 1000, 0, &parcels, &count, NULL);
        while (result == JANGLE_BUSY);
        assert_result(result, JANGLE_NOT_FOUND);
        declare_queue(storm.without, &other);
        publish_into(storm.without, "other", "a", "1");
        for (int i = 0; i < 10; i++) {
            result =
                storm.with->ops->receive(storm.with, 1, 1000, 0, &parcels, &count, NULL);
            assert_int_equal(count, 0);
            assert_true(result == JANGLE_OK || result == JANGLE_BUSY);
        }
        storm_close(&storm);
        assert_result(storm.without->ops->remove_queue(storm.without, &other, NULL),
                      JANGLE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(without_faults_all_goes_through),
        HUB_TEST(what_is_refused_is_not_published),
        HUB_TEST(what_is_published_of_a_key_is_a_beginning),
        HUB_TEST(what_is_not_confirmed_is_published),
        HUB_TEST(a_repeated_parcel_comes_twice),
        HUB_TEST(no_other_queue_gets_the_copy),
        HUB_TEST(what_is_given_back_stays_in_its_queue),
        HUB_TEST(what_is_behind_a_parcel_that_is_given_back_goes_with_it),
        HUB_TEST(a_failed_parcel_comes_again_as_a_later_attempt),
        HUB_TEST(a_delayed_parcel_comes_later_and_keys_stay_in_order),
        HUB_TEST(a_receive_keeps_to_its_limits),
        cmocka_unit_test(the_end_of_a_delay_ends_a_wait),
        HUB_TEST(each_call_may_end_the_connection),
        HUB_TEST(calls_that_concern_what_is_spared_have_no_fault),
        HUB_TEST(what_was_in_hand_is_a_conflict_after_a_disconnect),
        HUB_TEST(a_queue_that_was_removed_meanwhile_is_not_found),
        HUB_TEST(a_queue_that_was_removed_is_attached_no_longer),
        HUB_TEST(a_storm_loses_nothing_and_keeps_the_order_of_keys),
        LOG_TEST(a_storm_over_logs_loses_nothing_and_keeps_the_order_of_keys),
        HUB_TEST(failures_lose_nothing_either),
        HUB_TEST(the_same_seed_gives_the_same_faults),
        HUB_TEST(a_seed_that_was_drawn_is_logged),
        HUB_TEST(what_is_no_probability_is_invalid),
        cmocka_unit_test(nothing_is_lost_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
