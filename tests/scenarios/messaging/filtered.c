/* filtered.c - a row of a publisher or a consumer whose filter does not want a message is
 * as if it were not there. */
#include "support/domains/neighbours.h"
#include "support/failing_allocator.h"
#include "support/small_filter.h"

#include <string.h>

/* ---- the programs --------------------------------------------------------- */

static struct follower heard;
static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

/* What came to the taker, by the type of the event that it became. */
static struct arrived {
    int put_in, taken_out, named;
    char name[40];
} arrived;

static enum jangle_result count_put_in(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    (void)delivery, (void)event;
    arrived.put_in++;
    return JANGLE_OK;
}

static enum jangle_result count_taken_out(struct jangle_delivery *delivery,
                                          const struct jangle_event *event)
{
    (void)delivery, (void)event;
    arrived.taken_out++;
    return JANGLE_OK;
}

static enum jangle_result count_named(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    const struct purse_named *named = event->data;

    (void)delivery;
    arrived.named++;
    snprintf(arrived.name, sizeof arrived.name, "%s", named->name);
    return JANGLE_OK;
}

static const struct jangle_subscriber counter = {
    .name = "counter",
    .handlers = JANGLE_HANDLERS({&coins_put_in, count_put_in},
                                {&coins_taken_out, count_taken_out},
                                {&purse_named, count_named}),
    .elsewhere = JANGLE_EVENTS(&coins_put_in, &coins_taken_out, &purse_named),
    .start = JANGLE_FROM_FIRST,
};

/* So that what went the way of jangle_any can be told from the rest. */
static enum jangle_result name_any(struct jangle_translation *translation,
                                   const struct jangle_event *event)
{
    return jangle_translate(translation, purse_named,
                            .name = ((const struct jangle_any *)event->data)->type);
}

static enum jangle_result take_out_instead(struct jangle_translation *translation,
                                           const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    return jangle_translate(translation, coins_taken_out, .amount = coins->amount);
}

static int set_up(void **state)
{
    static struct neighbours neighbours;

    small_filter_forget();
    heard = (struct follower){0};
    arrived = (struct arrived){0};
    neighbours_init(&neighbours, false);
    publish_with(&neighbours.sender, &purse_news);
    consume_with(&neighbours.taker, &purse_watch);
    *state = &neighbours;
    return 0;
}

static int tear_down(void **state)
{
    neighbours_finish(*state);
    follower_clear(&heard);
    return small_filter_seen.open != 0;
}

static void open_both(struct neighbours *neighbours,
                      const struct jangle_subscriber *there)
{
    world_open(&neighbours->taker, there, NULL);
    neighbours_poll(neighbours);
    world_open(&neighbours->sender, NULL);
}

static void put(struct neighbours *neighbours, const char *purse, int64_t amount)
{
    assert_result(jangle_send(neighbours->sender.jangle, NULL, put_in, .purse_id = purse,
                              .amount = amount),
                  JANGLE_OK);
}

static struct jangle_endpoint_stats news(struct neighbours *neighbours)
{
    return endpoint_of(&neighbours->sender, "news");
}

static struct jangle_endpoint_stats watch(struct neighbours *neighbours)
{
    return endpoint_of(&neighbours->taker, "watch");
}

/* ---- publishers ----------------------------------------------------------- */

static const struct jangle_publisher sorted_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in,
                             .as = "single",
                             .where = SMALL_FILTER("event.attributes.amount = 1")},
                            {.type = &coins_put_in,
                             .as = "pair",
                             .where = SMALL_FILTER("event.attributes.amount = 2")}),
    .start = JANGLE_FROM_FIRST,
};

static const struct jangle_consumer sorted_watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .as = "single"},
                            {.type = &coins_taken_out, .as = "pair"},
                            {.type = &jangle_any, .translate = name_any}),
};

static void an_event_is_published_by_the_first_row_that_wants_it(void **state)
{
    struct neighbours *neighbours = *state;

    publish_with(&neighbours->sender, &sorted_news);
    consume_with(&neighbours->taker, &sorted_watch);
    open_both(neighbours, &counter);
    for (int i = 0; i < 12; i++)
        put(neighbours, "7", 1 + i % 3);
    neighbours_poll(neighbours);
    assert_int_equal(arrived.put_in, 4);
    assert_int_equal(arrived.taken_out, 4);
    assert_int_equal(arrived.named, 0);
    assert_int_equal(news(neighbours).published, 8);
    assert_int_equal(news(neighbours).ignored, 4);
    assert_int_equal(news(neighbours).mismatched, 0);
    assert_int_equal(world_measure(&neighbours->sender, "news").lag, 0);
}

static const struct jangle_publisher open_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in,
         .as = "single",
         .where = SMALL_FILTER("event.attributes.amount = 1")},
        {.type = &jangle_any, .where = SMALL_FILTER("event.attributes.amount = 3")}),
    .start = JANGLE_FROM_FIRST,
};

static void what_no_row_wants_goes_to_the_row_of_every_type(void **state)
{
    struct neighbours *neighbours = *state;

    publish_with(&neighbours->sender, &open_news);
    consume_with(&neighbours->taker, &sorted_watch);
    open_both(neighbours, &counter);
    for (int i = 0; i < 12; i++)
        put(neighbours, "7", 1 + i % 3);
    neighbours_poll(neighbours);
    assert_int_equal(arrived.put_in, 4);
    assert_int_equal(arrived.named, 4);
    assert_string_equal(arrived.name, "coins_put_in");
    assert_int_equal(news(neighbours).ignored, 4);
}

static const struct jangle_publisher puzzled_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in, .where = SMALL_FILTER("event.attributes.amount = \"1\"")},
        {.type = &coins_put_in, .where = SMALL_FILTER("event.attributes.amount = 2")}),
    .start = JANGLE_FROM_FIRST,
};

/* Events are written again when the broker was away: they are counted all the same when
 * they are done. */
static void what_is_not_published_is_counted_once(void **state)
{
    struct neighbours *neighbours = *state;

    publish_with(&neighbours->sender, &puzzled_news);
    open_both(neighbours, &listener);
    put(neighbours, "7", 2);
    neighbours_poll(neighbours);
    jangle_hub_stop(neighbours->hub);
    for (int i = 0; i < 10; i++)
        put(neighbours, "7", 2 - i % 2);
    for (int i = 0; i < 10; i++) {
        neighbours_poll(neighbours);
        neighbours_pass(neighbours, 60000);
    }
    assert_int_equal(news(neighbours).published, 1);
    jangle_hub_start(neighbours->hub);
    for (int i = 0; i < 10; i++) {
        neighbours_pass(neighbours, 60000);
        neighbours_poll(neighbours);
    }
    assert_int_equal(news(neighbours).published, 6);
    assert_int_equal(news(neighbours).ignored, 5);
    assert_int_equal(news(neighbours).mismatched, 11);
    assert_int_equal(heard.count, 6);
    assert_true(small_filter_seen.asked > 22); /* of each event twice, at least */
}

static const struct jangle_publisher silent_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .where = SMALL_FILTER("none")}),
    .start = JANGLE_FROM_FIRST,
};

/* The checkpoint of the publisher passes them, and nothing is parked. */
static void a_publisher_that_wants_nothing_goes_on(void **state)
{
    struct neighbours *neighbours = *state;

    publish_with(&neighbours->sender, &silent_news);
    open_both(neighbours, &listener);
    world_put_many(&neighbours->sender, 30, 3);
    neighbours_poll(neighbours);
    assert_int_equal(news(neighbours).ignored, 30);
    assert_int_equal(news(neighbours).published, 0);
    assert_int_equal(world_measure(&neighbours->sender, "news").lag, 0);
    assert_int_equal(world_measure(&neighbours->sender, "news").parked, 0);
    assert_int_equal(world_measure(&neighbours->sender, "news").mismatched, 0);
    assert_int_equal(world_stats(&neighbours->sender).deliveries, 0);
}

static const struct jangle_publisher free_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in},
                            {.type = &coins_taken_out, .where = SMALL_FILTER("none")}),
    .start = JANGLE_FROM_FIRST,
};

static void without_a_filter_no_filter_is_asked(void **state)
{
    struct neighbours *neighbours = *state;

    publish_with(&neighbours->sender, &free_news);
    open_both(neighbours, &listener);
    world_put_many(&neighbours->sender, 30, 3);
    neighbours_poll(neighbours);
    assert_int_equal(heard.count, 30);
    assert_int_equal(small_filter_seen.compiled, 1);
    assert_int_equal(small_filter_seen.asked, 0);
}

/* ---- consumers ------------------------------------------------------------ */

static const struct jangle_consumer divided_watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in, .where = SMALL_FILTER("event.attributes.amount = 1")},
        {.type = &coins_put_in,
         .translate = take_out_instead,
         .where = SMALL_FILTER("event.attributes.amount = 2")}),
};

static void a_row_does_its_part_if_it_wants_the_message(void **state)
{
    struct neighbours *neighbours = *state;

    consume_with(&neighbours->taker, &divided_watch);
    open_both(neighbours, &counter);
    for (int i = 0; i < 12; i++)
        put(neighbours, "7", 1 + i % 3);
    neighbours_poll(neighbours);
    assert_int_equal(arrived.put_in, 4);
    assert_int_equal(arrived.taken_out, 4);
    assert_int_equal(watch(neighbours).taken, 8);
    assert_int_equal(watch(neighbours).ignored, 4);
}

static const struct jangle_consumer choosy_watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in, .where = SMALL_FILTER("event.subject = \"7\"")}),
};

static void a_message_that_no_row_wants_is_ignored(void **state)
{
    struct neighbours *neighbours = *state;

    consume_with(&neighbours->taker, &choosy_watch);
    open_both(neighbours, &listener);
    for (int i = 0; i < 10; i++)
        put(neighbours, i % 2 ? "7" : "8", 1);
    neighbours_poll(neighbours);
    assert_int_equal(heard.count, 5);
    assert_string_equal(heard.seen[0].id, "7");
    assert_int_equal(watch(neighbours).received, 10);
    assert_int_equal(watch(neighbours).taken, 5);
    assert_int_equal(watch(neighbours).ignored, 5);
    assert_int_equal(watch(neighbours).mismatched, 0);
    assert_int_equal(watch(neighbours).dead, 0);
}

static const struct jangle_consumer puzzled_watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in, .where = SMALL_FILTER("event.attributes.amount = \"1\"")},
        {.type = &jangle_any, .translate = name_any}),
};

static void a_message_that_cannot_be_judged_is_counted(void **state)
{
    struct neighbours *neighbours = *state;

    consume_with(&neighbours->taker, &puzzled_watch);
    open_both(neighbours, &counter);
    world_put_many(&neighbours->sender, 10, 2);
    neighbours_poll(neighbours);
    assert_int_equal(watch(neighbours).mismatched, 10);
    assert_int_equal(watch(neighbours).taken, 10);
    assert_int_equal(arrived.named, 10);
    assert_string_equal(arrived.name, "coins_put_in");
}

/* ---- subscribers of what was received ------------------------------------- */

static void a_subscriber_is_asked_with_what_the_sender_said(void **state)
{
    static struct jangle_subscriber choosy;
    struct neighbours *neighbours = *state;

    choosy = listener;
    choosy.where = (struct jangle_filter)SMALL_FILTER("event.publisher = \"purses\"");
    open_both(neighbours, &choosy);
    small_filter_seen.keeps = true;
    put(neighbours, "7", 5);
    neighbours_poll(neighbours);
    assert_int_equal(heard.count, 1);
    assert_non_null(strstr(small_filter_seen.document,
                           "\"timestamp\":1700000000000000,"
                           "\"subject\":\"7\","
                           "\"publisher\":\"purses\","
                           "\"attributes\":{\"amount\":5,"));
}

/* Without config.source a program is called after its store. */
static void a_program_without_a_source_is_named_after_its_store(void **state)
{
    static struct jangle_subscriber choosy;
    struct neighbours *neighbours = *state;

    choosy = listener;
    choosy.where = (struct jangle_filter)SMALL_FILTER("all");
    neighbours->sender.config.publishers = (struct jangle_publishers){0};
    neighbours->sender.config.source = NULL;
    small_filter_seen.keeps = true;
    world_open(&neighbours->sender, &choosy, NULL);
    world_put(&neighbours->sender, "7");
    world_poll(&neighbours->sender);
    assert_int_equal(heard.count, 1);
    assert_non_null(strstr(small_filter_seen.document, "\"publisher\":\"jangle:"));
}

/* ---- open ----------------------------------------------------------------- */

static const struct jangle_filter shared = SMALL_FILTER("event.attributes.amount = 1");

static void what_is_wrong_with_a_filter_is_said_with_its_row(void **state)
{
    static struct jangle_route routes[2];
    static struct jangle_publisher publisher;
    static struct jangle_consumer consumer;
    struct neighbours *neighbours = *state;

    routes[0] = routes[1] = (struct jangle_route){.type = &coins_put_in, .where = shared};
    routes[1].where.text = "amount > 1";
    publisher = purse_news;
    consumer = purse_watch;
    publisher.routes = (struct jangle_routes){routes, 2};
    consumer.routes = (struct jangle_routes){routes, 2};
    publish_with(&neighbours->sender, &publisher);
    consume_with(&neighbours->taker, &consumer);
    assert_false(world_try_open(&neighbours->sender, NULL));
    assert_result(neighbours->sender.error.result, JANGLE_INVALID);
    assert_string_equal(neighbours->sender.error.message,
                        "news.routes[1].where: at byte 10: there is no \" = \"");
    assert_false(world_try_open(&neighbours->taker, NULL));
    assert_string_equal(neighbours->taker.error.message,
                        "watch.routes[1].where: at byte 10: there is no \" = \"");
    assert_int_equal(small_filter_seen.compiled, 4);
    assert_int_equal(small_filter_seen.open, 0);
    routes[1].where = shared; /* by two rows, and by two programs */
    open_both(neighbours, NULL);
    assert_int_equal(small_filter_seen.open, 4);
    put(neighbours, "7", 2);
    put(neighbours, "7", 3);
    neighbours_poll(neighbours);
    assert_int_equal(news(neighbours).ignored, 2);
}

/* ---- memory --------------------------------------------------------------- */

static const struct jangle_publisher even_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in, .where = SMALL_FILTER("event.attributes.amount = 2")}),
    .start = JANGLE_FROM_FIRST,
};

static const struct jangle_consumer even_watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in, .where = SMALL_FILTER("event.subject = \"7\"")}),
};

/* False when nothing failed any more. */
static bool
runs_out(struct neighbours *neighbours, struct failing_allocator *memory, int64_t at)
{
    int64_t done;
    bool failed;

    heard = (struct follower){0};
    neighbours_init(neighbours, false);
    publish_with(&neighbours->sender, &even_news);
    consume_with(&neighbours->taker, &even_watch);
    neighbours->sender.config.host.allocator = memory->allocator;
    neighbours->taker.config.host.allocator = memory->allocator;
    open_both(neighbours, &listener);
    for (int i = 0; i < 8; i++)
        put(neighbours, i < 4 ? "7" : "8", 1 + i % 2);
    failing_allocator_arm(memory, at);
    for (int i = 0; i < 30; i++) {
        (void)jangle_poll(neighbours->sender.jangle, &done, NULL);
        (void)jangle_poll(neighbours->taker.jangle, &done, NULL);
        neighbours_pass(neighbours, 6000);
    }
    failed = memory->failed > 0;
    failing_allocator_arm(memory, 0);
    assert_int_equal(news(neighbours).published, 4);
    assert_int_equal(news(neighbours).ignored, 4);
    assert_int_equal(news(neighbours).refused, 0);
    assert_int_equal(watch(neighbours).dead, 0);
    assert_int_equal(heard.count, 2);
    follower_clear(&heard);
    return failed;
}

static void memory_may_run_out_at_every_allocation(void **state)
{
    static struct failing_allocator memory; /* until the last two are closed */
    struct neighbours *neighbours = *state;
    int64_t at = 1;

    neighbours_finish(neighbours);
    failing_allocator_init(&memory, 0);
    while (runs_out(neighbours, &memory, at)) {
        neighbours_finish(neighbours);
        assert_int_equal(memory.pieces, 0);
        at++;
    }
    assert_true(at > 20);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_published_by_the_first_row_that_wants_it),
        TEST(what_no_row_wants_goes_to_the_row_of_every_type),
        TEST(what_is_not_published_is_counted_once),
        TEST(a_publisher_that_wants_nothing_goes_on),
        TEST(without_a_filter_no_filter_is_asked),
        TEST(a_row_does_its_part_if_it_wants_the_message),
        TEST(a_message_that_no_row_wants_is_ignored),
        TEST(a_message_that_cannot_be_judged_is_counted),
        TEST(a_subscriber_is_asked_with_what_the_sender_said),
        TEST(a_program_without_a_source_is_named_after_its_store),
        TEST(what_is_wrong_with_a_filter_is_said_with_its_row),
        TEST(memory_may_run_out_at_every_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
