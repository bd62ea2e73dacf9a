/* outage.c - the broker is away, at first or later, for an hour or between two calls:
 * commands are answered, figures say why, and when it is back all goes out by itself. */
#include "support/brokers/watched_broker.h"
#include "support/domains/exchange.h"

#include <string.h>

enum { LONGEST_WAIT_MS = 30000, HOUR_S = 3600 };

static struct neighbours both;
static struct watched_broker watched;

/* Both have been there before, so that the queues of the taker exist. */
static int open_both(void **state)
{
    (void)state;
    exchange_init(&both, true);
    watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub)};
    both.sender.config.broker = watched_broker_make(&watched);
    exchange_open_both(&both);
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    neighbours_finish(&both);
    return 0;
}

static void put_one(int number)
{
    struct jangle_outcome outcome;

    assert_result(exchange_send(&both, number, &outcome), JANGLE_OK);
}

/* The publisher waits, and so does the consumer. */
static void pass_longest_waits(void)
{
    for (int i = 0; i < 4; i++) {
        neighbours_pass(&both, LONGEST_WAIT_MS);
        neighbours_poll(&both);
    }
}

static void assert_says_why(struct world *world, const char *name)
{
    struct jangle_endpoint_stats stats = endpoint_of(world, name);

    assert_false(stats.connected);
    assert_non_null(strstr(stats.reason, "hub"));
}

static void pass_an_hour(void)
{
    for (int second = 0; second < HOUR_S; second++) {
        neighbours_pass(&both, 1000);
        neighbours_poll(&both);
    }
}

static void three_events_wait_for_an_hour(void **state)
{
    (void)state;
    jangle_hub_stop(both.hub);
    for (int i = 0; i < 3; i++) {
        put_one(i);
        neighbours_poll(&both);
    }
    assert_says_why(&both.sender, "news");
    pass_an_hour();
    assert_says_why(&both.sender, "news");
    assert_says_why(&both.taker, "watch");
    assert_int_equal(endpoint_of(&both.sender, "news").published, 0);
    assert_int_equal(world_measure(&both.sender, "news").parked, 0);
    /* three events, and three commands that were posted for them */
    assert_int_equal(world_measure(&both.sender, "news").lag, 6);
    jangle_hub_start(both.hub);
    pass_longest_waits();
    assert_true(endpoint_of(&both.sender, "news").connected);
    assert_string_equal(endpoint_of(&both.sender, "news").reason, "");
    exchange_assert_whole(&both, 3);
}

static void an_hour_makes_few_attempts(void **state)
{
    int64_t before;

    (void)state;
    put_one(0);
    jangle_hub_stop(both.hub);
    neighbours_poll(&both);
    before = watched.calls;
    pass_an_hour();
    /* two publishers, with waits of 15 s on average: 480 */
    assert_in_range(watched.calls - before, 100, 1500);
}

/* One event, and nothing ever follows. */
static void a_lone_event_goes_out_after_the_longest_wait(void **state)
{
    (void)state;
    jangle_hub_stop(both.hub);
    put_one(0);
    neighbours_poll(&both);
    for (int second = 0; second < 60; second++) {
        neighbours_pass(&both, 1000);
        neighbours_poll(&both);
    }
    jangle_hub_start(both.hub);
    neighbours_pass(&both, LONGEST_WAIT_MS);
    world_poll(&both.sender);
    assert_int_equal(endpoint_of(&both.sender, "news").published, 1);
    world_poll(&both.taker);
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, 1);
}

static void a_lone_event_of_a_program_that_ended_goes_out(void **state)
{
    (void)state;
    jangle_hub_stop(both.hub);
    put_one(0);
    world_close(&both.sender);
    exchange_open(&both, &both.sender);
    neighbours_poll(&both);
    assert_says_why(&both.sender, "news");
    neighbours_pass(&both, 60000);
    neighbours_poll(&both);
    jangle_hub_start(both.hub);
    neighbours_pass(&both, LONGEST_WAIT_MS);
    world_poll(&both.sender);
    assert_int_equal(endpoint_of(&both.sender, "news").published, 1);
}

static void a_broker_that_was_never_there_is_no_error(void **state)
{
    (void)state;
    world_close(&both.sender);
    world_close(&both.taker);
    jangle_hub_stop(both.hub);
    exchange_open(&both, &both.taker);
    exchange_open(&both, &both.sender);
    put_one(0);
    put_one(1);
    put_one(2);
    neighbours_poll(&both);
    assert_says_why(&both.sender, "news");
    assert_says_why(&both.taker, "counter");
    jangle_hub_start(both.hub);
    pass_longest_waits();
    exchange_assert_whole(&both, 3);
}

/* ---- views and queries ------------------------------------------------------- */

struct get_count {
    int64_t unused;
};

struct purse_count {
    int64_t events;
};

static JANGLE_STRUCT(purse_count, events);
static JANGLE_QUERY(get_count, unused, answer(purse_count));

static enum jangle_result count_event(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO events VALUES (?)",
                           event->position);
}

static enum jangle_result answer_count(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    struct purse_count counted;

    jangle_view_row(query->view, &counted, purse_count,
                    "SELECT count(*) AS events FROM events");
    return jangle_answer_with(answer, purse_count, .events = counted.events);
}

static const struct jangle_subscriber counting_view = {
    .name = "counting",
    .handlers = JANGLE_HANDLERS({&coins_put_in, count_event}),
    .answerers = JANGLE_ANSWERERS({&get_count, answer_count}),
    .schema = "CREATE TABLE events (position INTEGER PRIMARY KEY) STRICT",
};

static void commands_and_queries_are_answered_meanwhile(void **state)
{
    struct jangle_answer answer = {0};

    (void)state;
    neighbours_init(&both, true);
    publish_with(&both.sender, &purse_news);
    jangle_hub_stop(both.hub);
    world_open(&both.sender, &counting_view, NULL);
    world_put_many(&both.sender, 5, 2);
    world_poll(&both.sender);
    assert_says_why(&both.sender, "news");
    assert_result(jangle_ask(both.sender.jangle, &answer, get_count, .unused = 0),
                  JANGLE_OK);
    assert_int_equal(((const struct purse_count *)answer.data)->events, 5);
    jangle_answer_free(&answer);
    jangle_hub_start(both.hub);
    neighbours_pass(&both, LONGEST_WAIT_MS);
    world_poll(&both.sender);
    assert_int_equal(endpoint_of(&both.sender, "news").published, 5);
    neighbours_finish(&both);
}

/* ---- away between every two calls ------------------------------------------ */

static int64_t stops_at;

static void stop_at_call(void *context, const char *call)
{
    (void)context, (void)call;
    if (--stops_at == 0)
        jangle_hub_stop(both.hub);
}

static int64_t calls_when_stopped_at(struct world *world, int64_t at)
{
    int64_t calls;

    exchange_init(&both, false);
    watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub),
                                      .before = stop_at_call};
    stops_at = 0;
    world->config.broker = watched_broker_make(&watched);
    exchange_open_both(&both);
    watched.calls = 0;
    stops_at = at;
    for (int i = 0; i < 6; i++) {
        put_one(i);
        neighbours_poll(&both);
    }
    calls = watched.calls;
    jangle_hub_start(both.hub);
    pass_longest_waits();
    exchange_assert_whole(&both, 6);
    neighbours_finish(&both);
    return calls;
}

static void it_may_go_away_before_any_call(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        struct world *world = side ? &both.taker : &both.sender;
        int64_t calls = calls_when_stopped_at(world, 0);

        assert_true(calls > 10);
        for (int64_t at = 1; at <= calls; at++)
            calls_when_stopped_at(world, at);
    }
}

/* ---- nobody knows whether it was published --------------------------------- */

/* Each attempt puts one message into the queue once more, and not all that wait. */
static void a_night_without_confirms_repeats_one_message_at_a_time(void **state)
{
    enum { EVENTS = 300 };
    int64_t window, attempts;

    (void)state;
    for (int i = 0; i < EVENTS; i++)
        put_one(i);
    watched.times_out = true;
    world_poll(&both.sender);
    window = watched.parcels;
    attempts = watched.publishes;
    for (int minute = 0; minute < 12 * 60; minute++) {
        neighbours_pass(&both, 60000);
        world_poll(&both.sender);
    }
    assert_true(watched.publishes - attempts > 500);
    assert_int_equal(watched.parcels - window, watched.publishes - attempts);
    assert_int_equal(endpoint_of(&both.sender, "news").published, 0);
    watched.times_out = false;
    pass_longest_waits();
    exchange_assert_whole(&both, EVENTS);
}

/* ---- a message that waits for its queue ------------------------------------ */

/* It is parked, because its queue is missing; then the broker is away. */
static void a_parked_message_makes_few_attempts_while_the_broker_is_away(void **state)
{
    int64_t before;

    (void)state;
    assert_result(jangle_remove(both.taker.jangle, "counter", JANGLE_REMOVE_QUEUES, NULL),
                  JANGLE_OK);
    world_close(&both.taker);
    put_one(0);
    neighbours_poll(&both);
    assert_int_equal(world_measure(&both.sender, "to_counter").parked, 1);
    jangle_hub_stop(both.hub);
    before = watched.calls;
    pass_an_hour();
    assert_int_equal(world_measure(&both.sender, "to_counter").parked, 1);
    assert_in_range(watched.calls - before, 5, 1500);
    jangle_hub_start(both.hub);
    exchange_open(&both, &both.taker);
    neighbours_poll(&both);
    for (int i = 0; i < 10; i++) {
        neighbours_pass(&both, 600000);
        neighbours_poll(&both);
    }
    assert_int_equal(world_measure(&both.sender, "to_counter").parked, 0);
    assert_int_equal(endpoint_of(&both.taker, "counter").taken, 1);
}

/* ---- a topic that is not there any more -------------------------------------- */

/* The publisher said once that it exists; somebody has removed it since, with what was
 * bound to it. */
static void a_topic_that_was_removed_is_made_again(void **state)
{
    (void)state;
    put_one(0);
    neighbours_poll(&both);
    assert_result(jangle_remove(both.taker.jangle, "watch", JANGLE_REMOVE_ALL, NULL),
                  JANGLE_OK);
    put_one(1);
    put_one(2);
    world_poll(&both.sender);
    for (int i = 0; i < 10; i++) {
        neighbours_pass(&both, 600000);
        world_poll(&both.sender);
    }
    assert_int_equal(world_measure(&both.sender, "news").parked, 0);
    assert_int_equal(endpoint_of(&both.sender, "news").published, 3);
}

static void a_queue_that_was_removed_is_made_again(void **state)
{
    (void)state;
    assert_result(jangle_remove(both.taker.jangle, "watch", JANGLE_REMOVE_QUEUES, NULL),
                  JANGLE_OK);
    pass_longest_waits();
    for (int i = 0; i < 3; i++)
        put_one(i);
    pass_longest_waits();
    exchange_assert_whole(&both, 3);
}

/* ---- further down ------------------------------------------------------------ */

static int cuts;

static void cut_before_settling(void *context, const char *call)
{
    (void)context;
    if (strcmp(call, "settle") != 0 || cuts-- <= 0)
        return;
    jangle_hub_stop(both.hub);
    jangle_hub_start(both.hub);
}

static const struct jangle_publisher onward = {
    .name = "onward",
    .topic = "onward",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_publishers onwards = JANGLE_PUBLISHERS(&onward);

/* The taker decides the commands, and publishes what happened. Its connection is cut
 * before each of ten acknowledgements, and then the program ends. */
static void a_repeated_message_is_one_further_down(void **state)
{
    (void)state;
    exchange_init(&both, true);
    watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub),
                                      .before = cut_before_settling};
    both.taker.config.broker = watched_broker_make(&watched);
    both.taker.config.publishers = onwards;
    exchange_open_both(&both);
    cuts = 10;
    for (int i = 0; i < 12; i++) {
        put_one(i);
        neighbours_poll(&both);
    }
    pass_longest_waits();
    assert_true(cuts <= 0);
    assert_in_range(endpoint_of(&both.taker, "counter").repeated, 1, 12);
    assert_int_equal(endpoint_of(&both.taker, "onward").published, 12);
    world_close(&both.taker);
    exchange_open(&both, &both.taker);
    pass_longest_waits();
    assert_int_equal(endpoint_of(&both.taker, "onward").published, 0);
    exchange_assert_whole(&both, 12);
    neighbours_finish(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BOTH(test) cmocka_unit_test_setup_teardown(test, open_both, close_both)
        BOTH(three_events_wait_for_an_hour),
        BOTH(an_hour_makes_few_attempts),
        BOTH(a_lone_event_goes_out_after_the_longest_wait),
        BOTH(a_lone_event_of_a_program_that_ended_goes_out),
        BOTH(a_broker_that_was_never_there_is_no_error),
        cmocka_unit_test(commands_and_queries_are_answered_meanwhile),
        cmocka_unit_test(it_may_go_away_before_any_call),
        cmocka_unit_test(a_repeated_message_is_one_further_down),
        BOTH(a_night_without_confirms_repeats_one_message_at_a_time),
        BOTH(a_parked_message_makes_few_attempts_while_the_broker_is_away),
        BOTH(a_topic_that_was_removed_is_made_again),
        BOTH(a_queue_that_was_removed_is_made_again),
#undef BOTH
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
