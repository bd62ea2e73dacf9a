/* lost.c - a log that does not have the offset of its consumer suspends it; and
 * which offset is whose, when there are several queues, or another name. */
#include "support/domains/log_reader.h"

#include <string.h>

static int set_up(void **state)
{
    log_reader_open_all(*state != NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_reader_close_all();
    return 0;
}

/* ---- an offset that the log does not have ------------------------------------- */

static void assert_suspended(const char *number, const char *other)
{
    struct jangle_endpoint_stats stats = log_reader_figures();

    assert_non_null(strstr(stats.reason, number));
    assert_non_null(strstr(stats.reason, other));
    assert_int_equal(stats.received, 0);
}

/* The log has thrown away what the consumer did not have yet. */
static void take_three_and_miss_four(void)
{
    for (int i = 0; i < 3; i++)
        log_reader_send_good(NULL);
    world_poll(&reader.both.taker);
    world_close(&reader.both.taker);
    for (int i = 0; i < 4; i++)
        log_reader_send_good(NULL);
    assert_result(
        reader.stranger.transport->ops->purge(reader.stranger.transport, "watch", NULL),
        JANGLE_OK);
    log_reader_send_good(NULL);
    log_reader_send_good(NULL);
}

static void a_log_that_was_shortened_suspends_until_resumed(void **state)
{
    (void)state;
    take_three_and_miss_four();
    log_reader_open();
    assert_suspended("has no offset 3", "7");
    neighbours_pass(&reader.both, 600000);
    neighbours_poll(&reader.both);
    assert_suspended("has no offset 3", "7");
    assert_int_equal(reader.heard.count, 3);
    assert_result(jangle_resume(reader.both.taker.jangle, "watch", NULL), JANGLE_OK);
    neighbours_poll(&reader.both);
    assert_int_equal(reader.heard.count, 5);
    assert_int_equal(log_reader_figures().received, 2);
    assert_string_equal(log_reader_figures().reason, "");
    assert_int_equal(log_reader_offset(), 10);
}

static void a_suspension_lasts_and_so_does_its_end(void **state)
{
    (void)state;
    take_three_and_miss_four();
    log_reader_open();
    world_close(&reader.both.taker);
    log_reader_open();
    assert_suspended("has no offset 3", "7");
    assert_result(jangle_resume(reader.both.taker.jangle, "watch", NULL), JANGLE_OK);
    world_close(&reader.both.taker);
    log_reader_open();
    assert_int_equal(log_reader_figures().received, 2);
}

/* All logs of the broker are new, and shorter. The other log is read on, once the
 * consumer is resumed. */
static void a_log_that_was_made_again_suspends_until_resumed(void **state)
{
    (void)state;
    log_reader_publish(6);
    world_poll(&reader.both.taker);
    world_close(&reader.both.taker);
    world_close(&reader.both.sender);
    stranger_finish(&reader.stranger);
    jangle_hub_close(reader.both.hub);
    reader.both.hub = jangle_hub_open(&reader.both.sender.config.host);
    log_reader_use_logs();
    log_reader_open();
    log_reader_open_stranger();
    log_reader_send_good(NULL);
    neighbours_poll(&reader.both);
    assert_suspended("has no offset 6", "0");
    assert_result(jangle_resume(reader.both.taker.jangle, "watch", NULL), JANGLE_OK);
    neighbours_poll(&reader.both);
    assert_int_equal(log_reader_figures().taken, 1);
    assert_int_equal(reader.heard.count, 7);
}

/* ---- several queues -------------------------------------------------------------- */

/* A queue for each type. */
static enum jangle_result name_by_type(const struct jangle_naming *naming,
                                       const struct jangle_named *named,
                                       struct jangle_names *names,
                                       struct jangle_error *error)
{
    (void)naming, (void)error;
    snprintf(names->topic, sizeof names->topic, "%s", named->topic);
    snprintf(names->route, sizeof names->route, "%s", named->type);
    if (named->consumer)
        snprintf(names->queue, sizeof names->queue, "%s#%s", named->consumer,
                 named->type);
    return JANGLE_OK;
}

static const struct jangle_naming by_type = {.name = name_by_type};
static const struct jangle_consumer of_two = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}, {.type = &coins_taken_out}),
};
static const struct jangle_publisher both_kinds = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}, {.type = &coins_taken_out}),
    .start = JANGLE_FROM_FIRST,
};

/* Both read the log of the topic, and each has an offset of its own. */
static void each_queue_has_its_own_offset_of_a_log(void **state)
{
    static const char in[] = "watch##18#watch#coins_put_in#topic/purses";
    static const char out[] = "watch##21#watch#coins_taken_out#topic/purses";

    (void)state;
    world_close(&reader.both.taker);
    world_close(&reader.both.sender);
    reader.both.taker.config.naming = reader.both.sender.config.naming = &by_type;
    consume_with(&reader.both.taker, &of_two);
    publish_with(&reader.both.sender, &both_kinds);
    world_open(&reader.both.taker, NULL);
    world_open(&reader.both.sender, NULL);
    log_reader_publish(2);
    assert_result(jangle_send(reader.both.sender.jangle, NULL, take_out, .purse_id = "1",
                              .amount = 1),
                  JANGLE_OK);
    log_reader_publish(1);
    world_poll(&reader.both.taker);
    assert_int_equal(log_reader_figures().taken, 4);
    assert_int_equal(world_checkpoint(&reader.both.taker, in), 5);
    assert_int_equal(world_checkpoint(&reader.both.taker, out), 4);
    world_close(&reader.both.taker);
    world_open(&reader.both.taker, NULL);
    world_poll(&reader.both.taker);
    assert_int_equal(log_reader_figures().received, 0);
}

/* ---- names ---------------------------------------------------------------------- */

static const struct jangle_consumer renamed = {
    .name = "onlooker",
    .formerly = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};
static const struct jangle_consumer renamed_with_queue = {
    .name = "onlooker",
    .formerly = "watch",
    .topic = "purses",
    .queue = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

static void rename_taker(const struct jangle_consumer *consumer)
{
    log_reader_publish(5);
    log_reader_send_good(NULL);
    world_poll(&reader.both.taker);
    world_close(&reader.both.taker);
    log_reader_publish(2);
    consume_with(&reader.both.taker, consumer);
    log_reader_open();
    assert_int_equal(endpoint_of(&reader.both.taker, "onlooker").repeated, 0);
    assert_int_equal(endpoint_of(&reader.both.taker, "onlooker").taken, 2);
    assert_int_equal(reader.heard.count, 8);
}

static void a_renamed_consumer_goes_on_in_a_new_queue(void **state)
{
    (void)state;
    rename_taker(&renamed);
    assert_int_equal(world_checkpoint(&reader.both.taker, "onlooker#topic/purses"), 8);
}

static void a_renamed_consumer_goes_on_in_its_old_queue(void **state)
{
    (void)state;
    rename_taker(&renamed_with_queue);
    assert_int_equal(
        world_checkpoint(&reader.both.taker, "onlooker##5#watch#topic/purses"), 8);
    world_close(&reader.both.taker);
    log_reader_open();
    assert_int_equal(endpoint_of(&reader.both.taker, "onlooker").received, 0);
}

static enum jangle_result note_name(void *context, const char *name)
{
    char *names = context;
    size_t size = strlen(names);

    snprintf(names + size, 200 - size, "%s ", name);
    return JANGLE_OK;
}

static void an_offset_is_no_subscriber(void **state)
{
    char names[200] = "";
    struct jangle *taker = reader.both.taker.jangle;
    struct jangle_subscriber_stats stats;

    (void)state;
    log_reader_publish(1);
    world_poll(&reader.both.taker);
    assert_result(jangle_subscriber_visit(taker, note_name, names, NULL), JANGLE_OK);
    assert_string_equal(names, "listener watch ");
    assert_result(jangle_measure_subscriber(taker, LOG_OF_TOPIC, &stats, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_pause(taker, LOG_OF_TOPIC, "Ann", "", NULL), JANGLE_NOT_FOUND);
    assert_result(jangle_resume(taker, LOG_OF_TOPIC, NULL), JANGLE_NOT_FOUND);
    assert_result(jangle_subscriber_forget(taker, LOG_OF_TOPIC, NULL), JANGLE_NOT_FOUND);
    assert_result(jangle_subscriber_reset(taker, LOG_OF_TOPIC, 0, NULL),
                  JANGLE_NOT_FOUND);
    assert_int_equal(world_checkpoint(&reader.both.taker, LOG_OF_TOPIC), 2);
}

static void a_consumer_that_is_forgotten_reads_from_the_first(void **state)
{
    struct jangle_error error;

    (void)state;
    log_reader_publish(4);
    world_poll(&reader.both.taker);
    assert_result(jangle_subscriber_forget(reader.both.taker.jangle, "watch", &error),
                  JANGLE_INVALID);
    world_close(&reader.both.taker);
    reader.both.taker.config.consumers = (struct jangle_consumers){0};
    world_open(&reader.both.taker, NULL);
    assert_result(jangle_subscriber_forget(reader.both.taker.jangle, "watch", &error),
                  JANGLE_OK);
    world_close(&reader.both.taker);
    consume_with(&reader.both.taker, &purse_watch);
    log_reader_open();
    assert_int_equal(log_reader_figures().repeated, 4); /* their ids never expire */
    assert_int_equal(reader.heard.count, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST_IN_FILE(each_queue_has_its_own_offset_of_a_log),
        WORLD_TEST_IN_FILE(a_log_that_was_shortened_suspends_until_resumed),
        WORLD_TEST_IN_FILE(a_suspension_lasts_and_so_does_its_end),
        WORLD_TEST_IN_FILE(a_log_that_was_made_again_suspends_until_resumed),
        WORLD_TEST_IN_FILE(a_renamed_consumer_goes_on_in_a_new_queue),
        WORLD_TEST_IN_FILE(a_renamed_consumer_goes_on_in_its_old_queue),
        WORLD_TEST(an_offset_is_no_subscriber),
        WORLD_TEST_IN_FILE(a_consumer_that_is_forgotten_reads_from_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
