/* untaken.c - messages that no queue takes, or that the broker will never take. */
#include "support/domains/stranger.h"

#include <stdlib.h>
#include <string.h>

static const struct jangle_queue counter_queue = {
    .name = "counter", .retry = "counter.retry", .dead = "counter.dead"};

static const struct jangle_publisher to_counter = {
    .name = "to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publisher impatient = {
    .name = "to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
    .retry = {.max_attempts = 3},
};
/* Its commands go to a topic, which exists: but nothing is bound to it. */
static const struct jangle_publisher to_topic = {
    .name = "to_counter",
    .topic = "counters",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};

static struct neighbours neighbours;
static struct stranger stranger;

/* Lines of the log about messages that were published, and about those that never will
 * be. */
static int confirmed_lines, refused_lines;
static const struct jangle_log_level levels[] = {
    {JANGLE_LOG_PUBLISHED, JANGLE_LEVEL_DEBUG}};

static void note_line(void *context, const struct jangle_log_entry *line)
{
    (void)context;
    confirmed_lines += !strcmp(line->topic, "PUBLISHED");
    refused_lines += !strcmp(line->topic, "PUBLISH_REFUSED");
}

static void open_sender(const struct jangle_publisher *publisher)
{
    neighbours_init(&neighbours, false);
    world_open(&neighbours.taker, NULL);
    stranger_init(&stranger, &neighbours);
    confirmed_lines = refused_lines = 0;
    neighbours.sender.config.host.logger.write = note_line;
    neighbours.sender.config.log_levels = (struct jangle_log_levels){levels, 1};
    publish_with(&neighbours.sender, publisher);
    world_open(&neighbours.sender, NULL);
}

static int open_to_counter(void **state)
{
    (void)state;
    open_sender(&to_counter);
    return 0;
}

static int open_impatient(void **state)
{
    (void)state;
    open_sender(&impatient);
    return 0;
}

static int open_to_topic(void **state)
{
    (void)state;
    open_sender(&to_topic);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    return 0;
}

static void post(const char *purse, int64_t amount)
{
    struct jangle_outcome outcome;

    jangle_post(neighbours.sender.jangle, &outcome, &to_counter, put_in,
                .purse_id = purse, .amount = amount);
    assert_string_equal(outcome.error.message, "");
}

static void post_to(const struct jangle_publisher *publisher, const char *purse)
{
    struct jangle_outcome outcome;

    jangle_post(neighbours.sender.jangle, &outcome, publisher, put_in, .purse_id = purse,
                .amount = 1);
    assert_string_equal(outcome.error.message, "");
}

static struct jangle_endpoint_stats figures(void)
{
    return endpoint_of(&neighbours.sender, "to_counter");
}

static struct jangle_subscriber_stats measures(void)
{
    return world_measure(&neighbours.sender, "to_counter");
}

static void wait_long(void)
{
    neighbours_pass(&neighbours, 300001);
    neighbours_poll(&neighbours);
}

/* The amounts of the messages of a purse that are in the queue, in their order. */
static void expect_amounts(struct received received, const char *purse, const char *all)
{
    char amounts[128] = "", key[64];

    snprintf(key, sizeof key, "to_counter/%s", purse);
    for (size_t i = 0; i < received.count; i++) {
        const struct jangle_parcel *parcel = &received.parcels[i];
        char body[1024], *amount;

        if (strcmp(parcel->key, key) != 0)
            continue;
        snprintf(body, sizeof body, "%.*s", (int)parcel->body_size,
                 (const char *)parcel->body);
        amount = strstr(body, "\"amount\":");
        assert_non_null(amount);
        snprintf(amounts + strlen(amounts), sizeof amounts - strlen(amounts), "%d ",
                 (int)strtol(amount + strlen("\"amount\":"), NULL, 10));
    }
    assert_string_equal(amounts, all);
}

/* ---- no queue takes it ----------------------------------------------------------- */

static void what_no_queue_takes_is_tried_without_end(void **state)
{
    (void)state;
    post("7", 1);
    post("7", 2);
    post("8", 3);
    neighbours_poll(&neighbours);
    for (int i = 0; i < 50; i++)
        wait_long();
    assert_int_equal(measures().parked, 2);
    assert_int_equal(measures().dead, 0);
    assert_int_equal(measures().lag, 0);
    assert_int_equal(figures().published, 0);
    assert_int_equal(figures().refused, 0);
    assert_true(figures().connected);
    assert_non_null(strstr(measures().reason, "the queue \"counter\" keeps no put_in"));
}

static void it_goes_out_in_order_when_the_queue_is_there(void **state)
{
    struct received received;

    (void)state;
    post("7", 1);
    post("7", 2);
    post("8", 3);
    neighbours_poll(&neighbours);
    wait_long();
    declare_queue(stranger.transport, &counter_queue);
    post("7", 4);
    neighbours_poll(&neighbours); /* what is behind a parked one waits */
    assert_int_equal(stranger_count(&stranger, "counter"), 0);
    wait_long();
    wait_long();
    attach(stranger.transport, "counter");
    received = receive(stranger.transport, 10);
    assert_int_equal(received.count, 4);
    expect_amounts(received, "7", "1 2 4 ");
    expect_amounts(received, "8", "3 ");
    assert_int_equal(figures().published, 4);
    assert_int_equal(measures().parked, 0);
}

static void a_limit_of_attempts_makes_it_a_dead_letter(void **state)
{
    (void)state;
    post_to(&impatient, "7");
    neighbours_poll(&neighbours);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(measures().dead, 0);
        wait_long();
    }
    assert_int_equal(measures().dead, 1);
    assert_int_equal(figures().published, 0);
}

static void a_topic_without_a_queue_keeps_no_command(void **state)
{
    (void)state;
    post_to(&to_topic, "7");
    neighbours_poll(&neighbours);
    assert_int_equal(measures().parked, 1);
    assert_non_null(strstr(measures().reason, "the topic \"counters\" keeps no put_in"));
}

/* Sixteen streams in a row: the cause is not in the messages. */
static void sixteen_streams_suspend_the_publisher(void **state)
{
    struct received received;

    (void)state;
    for (int i = 0; i < 30; i++) {
        char purse[8];

        snprintf(purse, sizeof purse, "%d", i);
        post(purse, 1);
        post(purse, 2);
    }
    neighbours_poll(&neighbours);
    assert_true(measures().suspended.us > 0);
    assert_int_equal(measures().parked, 16);
    assert_true(measures().lag > 0);
    for (int i = 0; i < 50; i++)
        wait_long();
    assert_true(measures().suspended.us > 0);
    assert_int_equal(measures().dead, 0);
    declare_queue(stranger.transport, &counter_queue);
    for (int i = 0; i < 10; i++)
        wait_long();
    assert_int_equal(measures().suspended.us, 0);
    assert_int_equal(measures().parked + measures().lag, 0);
    assert_int_equal(figures().published, 60);
    attach(stranger.transport, "counter");
    received = receive(stranger.transport, 100);
    assert_int_equal(received.count, 60);
    for (int i = 0; i < 30; i++) {
        char purse[8];

        snprintf(purse, sizeof purse, "%d", i);
        expect_amounts(received, purse, "1 2 ");
    }
}

/* ---- the broker will not take it ------------------------------------------------- */

static struct jangle_transport_ops small_ops;
static jangle_transport_publish_fn *publish_at_hub;

/* Refuses what has a total of 2, as a broker that has rules of its own. */
static enum jangle_result publish_but_two(struct jangle_transport *transport,
                                          struct jangle_parcel *parcels,
                                          size_t count,
                                          int64_t timeout_ms,
                                          struct jangle_error *error)
{
    for (size_t i = 0; i < count; i++) {
        char body[1024];

        snprintf(body, sizeof body, "%.*s", (int)parcels[i].body_size,
                 (const char *)parcels[i].body);
        if (strstr(body, "\"total\":2}"))
            parcels[i].result =
                jangle_error_set(error, JANGLE_INVALID, "two is not allowed");
        else
            publish_at_hub(transport, &parcels[i], 1, timeout_ms, NULL);
    }
    return JANGLE_OK;
}

static enum jangle_result open_small(const struct jangle_broker *broker,
                                     const struct jangle_host *host,
                                     const char *name,
                                     struct jangle_transport **transport,
                                     struct jangle_error *error)
{
    struct jangle_broker at_hub = jangle_hub_broker(neighbours.hub);
    enum jangle_result result = at_hub.open(&at_hub, host, name, transport, error);

    (void)broker;
    if (result)
        return result;
    small_ops = *(*transport)->ops;
    small_ops.body_bytes = 480;
    small_ops.keeps_prefix = false; /* one of a stream is refused, and not the next */
    publish_at_hub = small_ops.publish;
    small_ops.publish = publish_but_two;
    (*transport)->ops = &small_ops;
    return JANGLE_OK;
}

static const struct jangle_broker small_broker = {.open = open_small};
static const struct jangle_publisher to_small = {
    .name = "to_counter",
    .topic = "purses",
    .broker = &small_broker,
    .routes = JANGLE_ROUTES({.type = &coins_put_in}, {.type = &purse_named}),
    .start = JANGLE_FROM_FIRST,
};

static int open_to_small(void **state)
{
    (void)state;
    open_sender(&to_small);
    return 0;
}

static void expect_dead_letter(const char *sentence)
{
    neighbours_poll(&neighbours);
    assert_int_equal(measures().dead, 1);
    assert_string_equal(reason_of_dead(&neighbours.sender, "to_counter").message,
                        sentence);
}

/* Its stream waits behind it, and all others go on. */
static void what_the_broker_refuses_is_a_dead_letter_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        world_put(&neighbours.sender, "7");
        if (i != 1)
            world_put(&neighbours.sender, "8");
    }
    world_put(&neighbours.sender, "9");
    /* the second one of 8 has a total of 2 as well */
    neighbours_poll(&neighbours);
    assert_int_equal(measures().dead, 2);
    assert_int_equal(figures().refused, 2);
    assert_int_equal(figures().published, 3);
    assert_int_equal(refused_lines, 2);
    assert_int_equal(confirmed_lines, 3);
    assert_int_equal(measures().lag, 0);
    for (int i = 0; i < 5; i++)
        wait_long();
    assert_int_equal(figures().published, 3);
    assert_int_equal(figures().refused, 2);
}

static void what_is_too_large_for_the_broker_is_one_too(void **state)
{
    char name[160];
    struct jangle_outcome outcome;

    (void)state;
    snprintf(name, sizeof name, "%0*d", (int)sizeof name - 1, 0);
    world_put(&neighbours.sender, "8");
    assert_result(jangle_send(neighbours.sender.jangle, &outcome, name_purse,
                              .purse_id = "7", .name = name),
                  JANGLE_OK);
    expect_dead_letter("the message has 572 bytes, and its broker takes 480 at most");
    assert_int_equal(figures().published, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test, open) cmocka_unit_test_setup_teardown(test, open, close_all)
        TEST(what_no_queue_takes_is_tried_without_end, open_to_counter),
        TEST(it_goes_out_in_order_when_the_queue_is_there, open_to_counter),
        TEST(a_limit_of_attempts_makes_it_a_dead_letter, open_impatient),
        TEST(a_topic_without_a_queue_keeps_no_command, open_to_topic),
        TEST(sixteen_streams_suspend_the_publisher, open_to_counter),
        TEST(what_the_broker_refuses_is_a_dead_letter_at_once, open_to_small),
        TEST(what_is_too_large_for_the_broker_is_one_too, open_to_small),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
