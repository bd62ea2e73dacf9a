/* undeclared.c - a consumer and a publisher that leave it to others to make queues and
 * topics: they wait until these are there, and make nothing themselves. */
#include "support/domains/stranger.h"

#include <string.h>

static const struct jangle_consumer watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .undeclared = true,
};

static const struct jangle_publisher news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .start = JANGLE_FROM_FIRST,
    .undeclared = true,
};

static struct neighbours neighbours;
static struct stranger stranger;

static int open_both(void **state)
{
    (void)state;
    neighbours_init(&neighbours, false);
    neighbours.sender.config.retry = (struct jangle_retry){.max_delay_ms = 5000};
    publish_with(&neighbours.sender, &news);
    consume_with(&neighbours.taker, &watch);
    world_open(&neighbours.sender, NULL);
    world_open(&neighbours.taker, NULL);
    stranger_init(&stranger, &neighbours);
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    return 0;
}

static void pass_a_minute(void)
{
    for (int i = 0; i < 60; i++) {
        neighbours_pass(&neighbours, 1000);
        neighbours_poll(&neighbours);
    }
}

static void a_consumer_waits_for_a_queue_that_others_make(void **state)
{
    struct jangle_transport *transport = stranger.transport;
    int64_t count;

    (void)state;
    pass_a_minute();
    assert_result(transport->ops->count(transport, "watch", &count, NULL),
                  JANGLE_NOT_FOUND);
    assert_non_null(strstr(endpoint_of(&neighbours.taker, "watch").reason, "watch"));
    declare_queue(transport, &(struct jangle_queue){.name = "watch"});
    stranger_send(&stranger, "watch", (struct stranger_says){.id = "1"});
    pass_a_minute();
    assert_int_equal(endpoint_of(&neighbours.taker, "watch").taken, 1);
    assert_string_equal(endpoint_of(&neighbours.taker, "watch").reason, "");
}

static void a_publisher_waits_for_a_topic_that_others_make(void **state)
{
    struct jangle_transport *transport = stranger.transport;

    (void)state;
    world_put(&neighbours.sender, "7");
    pass_a_minute();
    assert_int_equal(endpoint_of(&neighbours.sender, "news").published, 0);
    assert_int_equal(world_measure(&neighbours.sender, "news").parked, 1);
    assert_result(transport->ops->declare_topic(transport, "purses", NULL), JANGLE_OK);
    declare_queue(transport, &(struct jangle_queue){.name = "watch", .topic = "purses"});
    pass_a_minute();
    assert_int_equal(endpoint_of(&neighbours.sender, "news").published, 1);
    assert_int_equal(endpoint_of(&neighbours.taker, "watch").taken, 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_both, close_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_consumer_waits_for_a_queue_that_others_make),
        TEST(a_publisher_waits_for_a_topic_that_others_make),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
