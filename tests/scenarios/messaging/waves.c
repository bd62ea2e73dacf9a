/* waves.c - how many messages of one key a publisher has under way at the same time. */
#include "support/brokers/watched_broker.h"
#include "support/domains/neighbours.h"

enum { STREAMS = 3, EACH = 4, ALL = STREAMS * EACH, NEVER = 1000000 };

/* An event with the same first member as the command, and so with the same key. */
struct coins_promised {
    const char *purse_id;
    int64_t amount;
};

static JANGLE_EVENT(coins_promised, purse_id, amount);

static const struct jangle_publisher to_counter = {
    .name = "to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}, {.type = &coins_promised}),
};
static const struct jangle_consumer counter = {
    .name = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publisher any_order_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .order = JANGLE_ANY_ORDER,
};

static struct neighbours both;
static struct watched_broker watched;

/* A broker that would refuse a message some day is one that keeps no prefix. */
static void open_with(const struct jangle_publisher *publisher, bool keeps_prefix)
{
    neighbours_init(&both, false);
    watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub),
                                      .refuses_each = keeps_prefix ? 0 : NEVER};
    both.sender.config.broker = watched_broker_make(&watched);
    both.taker.config.aggregates = purse_aggregates;
    consume_with(&both.taker, &counter);
    world_open(&both.taker, NULL);
    neighbours_poll(&both);
    publish_with(&both.sender, publisher);
    world_open(&both.sender, NULL);
}

static int close_both(void **state)
{
    (void)state;
    neighbours_finish(&both);
    return 0;
}

/* Of each purse so many events, in turns. */
static void put_coins(void)
{
    static const char *const purses[STREAMS] = {"1", "2", "3"};

    for (int i = 0; i < ALL; i++)
        assert_result(jangle_send(both.sender.jangle, NULL, put_in,
                                  .purse_id = purses[i % STREAMS], .amount = 1),
                      JANGLE_OK);
}

static void assert_calls(int calls, int parcels)
{
    neighbours_poll(&both);
    assert_int_equal(watched.parcels, parcels);
    assert_int_equal(watched.publishes, calls);
}

static void all_of_a_stream_are_under_way_where_a_prefix_is_kept(void **state)
{
    (void)state;
    open_with(&purse_news, true);
    put_coins();
    assert_calls(1, ALL);
}

static void one_of_a_stream_is_under_way_where_no_prefix_is_kept(void **state)
{
    (void)state;
    open_with(&purse_news, false);
    put_coins();
    assert_calls(EACH, ALL);
}

static void all_are_under_way_in_any_order(void **state)
{
    (void)state;
    open_with(&any_order_news, false);
    put_coins();
    assert_calls(1, ALL);
}

/* Its queue might be declared between two of them. */
static void one_command_of_a_key_is_under_way(void **state)
{
    (void)state;
    open_with(&to_counter, true);
    for (int i = 0; i < ALL; i++)
        assert_result(jangle_post(both.sender.jangle, NULL, &to_counter, put_in,
                                  .purse_id = i % 2 ? "1" : "2", .amount = 1),
                      JANGLE_OK);
    assert_calls(ALL / 2, ALL);
}

/* Else the second event would be there before the command. */
static void an_event_behind_a_command_that_waits_waits(void **state)
{
    struct jangle *jangle;

    (void)state;
    open_with(&to_counter, true);
    jangle = both.sender.jangle;
    assert_result(jangle_post(jangle, NULL, &to_counter, coins_promised, "1", 1),
                  JANGLE_OK);
    assert_result(jangle_post(jangle, NULL, &to_counter, put_in, "1", 1), JANGLE_OK);
    assert_result(jangle_post(jangle, NULL, &to_counter, coins_promised, "1", 2),
                  JANGLE_OK);
    assert_calls(3, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_of_a_stream_are_under_way_where_a_prefix_is_kept,
                                  close_both),
        cmocka_unit_test_teardown(one_of_a_stream_is_under_way_where_no_prefix_is_kept,
                                  close_both),
        cmocka_unit_test_teardown(all_are_under_way_in_any_order, close_both),
        cmocka_unit_test_teardown(one_command_of_a_key_is_under_way, close_both),
        cmocka_unit_test_teardown(an_event_behind_a_command_that_waits_waits, close_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
