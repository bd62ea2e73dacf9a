/* lagging.c - a consumer receives no more while a subscriber is far behind: what is too
 * much waits at the broker. */
#include "support/domains/stranger.h"

static struct neighbours neighbours;
static struct stranger stranger;

/* A publisher whose broker is away stands still without being suspended. */
static struct jangle_hub *other_hub;
static struct jangle_broker other_broker;
static const struct jangle_publisher relay = {
    .name = "relay",
    .topic = "purses",
    .broker = &other_broker,
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .relayed = true,
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_consumer limited = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .lag_limit = 5,
};
static const struct jangle_consumer unlimited = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .lag_limit = -1,
};

static void open_slow(const struct jangle_consumer *consumer)
{
    neighbours_init(&neighbours, false);
    other_hub = jangle_hub_open(&neighbours.taker.config.host);
    assert_non_null(other_hub);
    other_broker = jangle_hub_broker(other_hub);
    jangle_hub_stop(other_hub);
    publish_with(&neighbours.taker, &relay);
    consume_with(&neighbours.taker, consumer);
    neighbours.taker.config.receive_count = 4;
    world_open(&neighbours.taker, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
    stranger_send_many(&stranger, "watch", 40);
    for (int i = 0; i < 10; i++) {
        neighbours_poll(&neighbours);
        neighbours_pass(&neighbours, 1000);
    }
}

static void close_slow(void)
{
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    jangle_hub_close(other_hub);
}

static struct jangle_endpoint_stats watched(void)
{
    return endpoint_of(&neighbours.taker, "watch");
}

static void while_a_subscriber_is_far_behind_no_more_is_received(void **state)
{
    (void)state;
    open_slow(&limited);
    assert_int_equal(watched().taken, 8);
    assert_int_equal(stranger_count(&stranger, "watch"), 32);
    assert_string_equal(watched().reason,
                        "a subscriber is more than lag_limit events behind");
    assert_true(watched().connected);
    jangle_hub_start(other_hub);
    for (int i = 0; i < 20; i++) {
        neighbours_pass(&neighbours, 60000);
        neighbours_poll(&neighbours);
    }
    assert_int_equal(watched().taken, 40);
    assert_string_equal(watched().reason, "");
    close_slow();
}

static void unless_the_limit_is_off(void **state)
{
    (void)state;
    open_slow(&unlimited);
    assert_int_equal(watched().taken, 40);
    assert_int_equal(world_measure(&neighbours.taker, "relay").lag, 40);
    close_slow();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_a_subscriber_is_far_behind_no_more_is_received),
        cmocka_unit_test(unless_the_limit_is_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
