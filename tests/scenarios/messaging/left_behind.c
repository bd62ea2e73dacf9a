/* left_behind.c - publishers and consumers that a program no longer has: they are listed,
 * measured and removed, because the store knows what was declared for them. */
#include "support/domains/neighbours.h"
#include "support/parcels.h"
#include "support/test_host.h"

#include <string.h>

static struct neighbours both;
static struct test_host elsewhere;
static struct jangle_transport *visitor;

static const struct jangle_consumer other = {
    .name = "other",
    .topic = "purses",
    .queue = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};
static const struct jangle_consumer renamed = {
    .name = "onlooker",
    .formerly = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

static const struct jangle_consumer late = {
    .name = "late",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

/* Both have run, and are closed. */
static int set_up(void **state)
{
    (void)state;
    neighbours_init(&both, true);
    publish_with(&both.sender, &purse_news);
    consume_with(&both.taker, &purse_watch);
    world_open(&both.taker, NULL);
    world_open(&both.sender, NULL);
    world_put(&both.sender, "1");
    neighbours_poll(&both);
    world_close(&both.taker);
    world_close(&both.sender);
    test_host_init(&elsewhere);
    visitor = open_transport(jangle_hub_broker(both.hub), &elsewhere.host, "visitor");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    visitor->ops->close(visitor);
    neighbours_finish(&both);
    return 0;
}

static void open_without(struct world *world)
{
    world->config.publishers = (struct jangle_publishers){0};
    world->config.consumers = (struct jangle_consumers){0};
    world_open(world, NULL);
}

/* ---- listed ------------------------------------------------------------------ */

static char listed[500];

static void add(const char *text)
{
    size_t size = strlen(listed);

    snprintf(listed + size, sizeof listed - size, "%s", text);
}

static void add_texts(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(" ");
        add(texts[i]);
    }
}

static enum jangle_result list_one(void *context, const struct jangle_endpoint_info *info)
{
    (void)context;
    add(info->left_behind ? "(" : "");
    add(info->consumer ? "consumer " : "publisher ");
    add(info->name);
    add_texts(info->queues, info->queue_count);
    add_texts(info->topics, info->topic_count);
    add(info->left_behind ? ") " : " ");
    return JANGLE_OK;
}

static const char *list(struct world *world)
{
    listed[0] = '\0';
    assert_result(jangle_endpoint_visit(world->jangle, list_one, NULL, &world->error),
                  JANGLE_OK);
    return listed;
}

static void endpoints_are_listed_whether_the_program_has_them_or_not(void **state)
{
    (void)state;
    world_open(&both.taker, NULL);
    assert_string_equal(list(&both.taker), "consumer watch watch ");
    world_close(&both.taker);
    open_without(&both.taker);
    assert_string_equal(list(&both.taker), "(consumer watch watch) ");
    world_open(&both.sender, NULL);
    assert_string_equal(list(&both.sender), "publisher news purses ");
    world_close(&both.sender);
    open_without(&both.sender);
    assert_string_equal(list(&both.sender), "(publisher news purses) ");
}

static enum jangle_result stop(void *context, const struct jangle_endpoint_info *info)
{
    (void)info;
    ++*(int *)context;
    return JANGLE_CANCELLED;
}

static void a_visit_of_endpoints_stops_when_told(void **state)
{
    int count = 0;

    (void)state;
    world_open(&both.taker, NULL);
    assert_result(
        jangle_endpoint_visit(both.taker.jangle, stop, &count, &both.taker.error),
        JANGLE_CANCELLED);
    assert_int_equal(count, 1);
}

/* The row goes with the name, and is there once. */
static void an_endpoint_that_was_renamed_is_listed_once(void **state)
{
    (void)state;
    consume_with(&both.taker, &renamed);
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    assert_string_equal(list(&both.taker), "consumer onlooker onlooker ");
    world_close(&both.taker);
    open_without(&both.taker);
    assert_string_equal(list(&both.taker), "(consumer onlooker onlooker) ");
}

/* ---- measured ------------------------------------------------------------------ */

static void the_figures_say_how_many_messages_fill_its_queue(void **state)
{
    struct jangle_endpoint_stats stats;

    (void)state;
    open_without(&both.taker);
    world_open(&both.sender, NULL);
    world_put_many(&both.sender, 3, 1);
    world_poll(&both.sender);
    stats = endpoint_of(&both.taker, "watch");
    assert_true(stats.left_behind);
    assert_true(stats.consumer);
    assert_false(stats.here);
    assert_int_equal(stats.waiting, 3);
    jangle_hub_stop(both.hub);
    stats = endpoint_of(&both.taker, "watch");
    assert_int_equal(stats.waiting, -1);
    assert_string_not_equal(stats.reason, "");
    jangle_hub_start(both.hub);
    stats = endpoint_of(&both.sender, "news");
    assert_false(stats.left_behind);
    assert_result(jangle_measure_endpoint(both.taker.jangle, "listener", &stats, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_measure_endpoint(both.taker.jangle, NULL, &stats, NULL),
                  JANGLE_NOT_FOUND);
}

/* ---- removed ------------------------------------------------------------------- */

static enum jangle_result remove_watch(enum jangle_removal what)
{
    return jangle_remove(both.taker.jangle, "watch", what, &both.taker.error);
}

static void assert_there(const char *queue, bool there)
{
    int64_t count;

    assert_result(visitor->ops->count(visitor, queue, &count, NULL),
                  there ? JANGLE_OK : JANGLE_NOT_FOUND);
}

static void the_queues_of_a_consumer_that_is_gone_are_removed(void **state)
{
    (void)state;
    open_without(&both.taker);
    world_open(&both.sender, NULL);
    world_put_many(&both.sender, 3, 1);
    world_poll(&both.sender);
    assert_result(remove_watch(JANGLE_REMOVE_MESSAGES), JANGLE_OK);
    assert_int_equal(endpoint_of(&both.taker, "watch").waiting, 0);
    assert_there("watch.dead", true);
    assert_result(remove_watch(JANGLE_REMOVE_QUEUES), JANGLE_OK);
    assert_there("watch", false);
    assert_there("watch.dead", false);
    assert_string_equal(list(&both.taker), "(consumer watch purses) ");
    assert_result(remove_watch(JANGLE_REMOVE_ALL), JANGLE_OK);
    assert_string_equal(list(&both.taker), "(consumer watch) ");
    assert_result(jangle_subscriber_forget(both.taker.jangle, "watch", NULL), JANGLE_OK);
    assert_string_equal(list(&both.taker), "");
    assert_result(remove_watch(JANGLE_REMOVE_ALL), JANGLE_NOT_FOUND);
    assert_string_equal(both.taker.error.message,
                        "no publisher and no consumer is called \"watch\"");
}

/* The other program's queue is bound to it. */
static void a_topic_that_another_program_reads_stays(void **state)
{
    struct jangle_error error;

    (void)state;
    open_without(&both.sender);
    assert_result(jangle_remove(both.sender.jangle, "news", JANGLE_REMOVE_ALL, &error),
                  JANGLE_BUSY);
    assert_non_null(strstr(error.message, "topic \"purses\" stays"));
    assert_string_equal(list(&both.sender), "(publisher news purses) ");
    open_without(&both.taker);
    assert_result(remove_watch(JANGLE_REMOVE_QUEUES), JANGLE_OK);
    assert_result(jangle_remove(both.sender.jangle, "news", JANGLE_REMOVE_ALL, &error),
                  JANGLE_OK);
    assert_string_equal(list(&both.sender), "(publisher news) ");
}

static void what_is_refused_is_refused_with_a_sentence(void **state)
{
    struct jangle_broker at_hub = both.taker.config.broker;

    (void)state;
    consume_with(&both.taker, &other);
    world_open(&both.taker, NULL);
    assert_result(remove_watch(JANGLE_REMOVE_QUEUES), JANGLE_INVALID);
    assert_string_equal(both.taker.error.message,
                        "the queue \"watch\", which \"watch\" had, belongs to the "
                        "consumer \"other\" now");
    assert_there("watch", true);
    world_close(&both.taker);

    both.taker.config.broker = (struct jangle_broker){0};
    open_without(&both.taker);
    assert_result(remove_watch(JANGLE_REMOVE_QUEUES), JANGLE_INVALID);
    assert_string_equal(both.taker.error.message,
                        "\"watch\" was declared at a broker of hub, and this program has "
                        "no config.broker");
    assert_int_equal(endpoint_of(&both.taker, "watch").waiting, -1);
    world_close(&both.taker);

    both.taker.config.broker = at_hub;
    jangle_hub_stop(both.hub);
    open_without(&both.taker);
    assert_result(remove_watch(JANGLE_REMOVE_QUEUES), JANGLE_BUSY);
    jangle_hub_start(both.hub);
    assert_there("watch", true);
}

/* A program that has the consumer runs beside one that lacks it. */
static void what_another_process_runs_is_not_removed(void **state)
{
    static struct world beside;

    (void)state;
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    world_init(&beside, false);
    beside.config = both.taker.config;
    beside.config.host.clock.context = &beside;
    open_without(&beside);
    assert_result(jangle_remove(beside.jangle, "watch", JANGLE_REMOVE_QUEUES, NULL),
                  JANGLE_BUSY);
    assert_there("watch", true);
    world_close(&both.taker);
    assert_result(jangle_remove(beside.jangle, "watch", JANGLE_REMOVE_QUEUES, NULL),
                  JANGLE_OK);
    assert_there("watch", false);
    world_finish(&beside);
}

/* Nothing is declared that the store does not know of. */
static void what_is_declared_was_stored_before(void **state)
{
    (void)state;
    jangle_hub_stop(both.hub);
    consume_with(&both.taker, &late);
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    world_close(&both.taker);
    open_without(&both.taker);
    assert_string_equal(list(&both.taker),
                        "(consumer late late) (consumer watch watch) ");
    jangle_hub_start(both.hub);
    assert_result(jangle_remove(both.taker.jangle, "late", JANGLE_REMOVE_QUEUES, NULL),
                  JANGLE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(endpoints_are_listed_whether_the_program_has_them_or_not),
        TEST(a_visit_of_endpoints_stops_when_told),
        TEST(an_endpoint_that_was_renamed_is_listed_once),
        TEST(the_figures_say_how_many_messages_fill_its_queue),
        TEST(the_queues_of_a_consumer_that_is_gone_are_removed),
        TEST(a_topic_that_another_program_reads_stays),
        TEST(what_is_refused_is_refused_with_a_sentence),
        TEST(what_another_process_runs_is_not_removed),
        TEST(what_is_declared_was_stored_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
