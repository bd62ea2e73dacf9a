/* passing.c - events pass from one program to another through a hub: what is stored is
 * published, and what is received is stored once. */
#include "support/domains/stranger.h"

#include <stdio.h>
#include <string.h>

static struct follower heard;
static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

static int open_both(void **state)
{
    static struct neighbours neighbours;

    heard = (struct follower){0};
    neighbours_init(&neighbours, false);
    publish_with(&neighbours.sender, &purse_news);
    consume_with(&neighbours.taker, &purse_watch);
    world_open(&neighbours.taker, &listener, NULL);
    neighbours_poll(&neighbours); /* the queue is there before anything is published */
    world_open(&neighbours.sender, NULL);
    *state = &neighbours;
    return 0;
}

static int close_both(void **state)
{
    neighbours_finish(*state);
    follower_clear(&heard);
    return 0;
}

static void what_happens_in_one_program_is_handled_in_the_other(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle_endpoint_stats sent, taken;

    world_put_many(&neighbours->sender, 30, 3);
    neighbours_poll(neighbours);
    assert_int_equal(heard.count, 30);
    follower_assert_all(&heard, 1, 30);
    sent = endpoint_of(&neighbours->sender, "news");
    taken = endpoint_of(&neighbours->taker, "watch");
    assert_true(sent.connected);
    assert_false(sent.consumer);
    assert_int_equal(sent.published, 30);
    assert_true(taken.consumer);
    assert_true(taken.here);
    assert_int_equal(taken.received, 30);
    assert_int_equal(taken.taken, 30);
    assert_int_equal(taken.repeated, 0);
}

static void what_is_published_again_is_known(void **state)
{
    struct neighbours *neighbours = *state;

    world_put_many(&neighbours->sender, 10, 2);
    neighbours_poll(neighbours);
    assert_result(jangle_subscriber_reset(neighbours->sender.jangle, "news", 0, NULL),
                  JANGLE_OK);
    neighbours_poll(neighbours);
    assert_int_equal(endpoint_of(&neighbours->sender, "news").published, 20);
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").repeated, 10);
    assert_int_equal(heard.count, 10);
}

/* ---- what the log says ---------------------------------------------------- */

static char lines[4096];

static void note_line(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "%s ", entry->topic);
}

/* How many lines of the topic there were. */
static int lines_of(const char *topic)
{
    char word[40];
    int count = 0;

    snprintf(word, sizeof word, "%s ", topic);
    for (const char *at = lines; (at = strstr(at, word)); at += strlen(word))
        count += at == lines || at[-1] == ' ';
    return count;
}

static void the_log_tells_of_each_message(void **state)
{
    static const struct jangle_log_level levels[] = {
        {JANGLE_LOG_PUBLISHED, JANGLE_LEVEL_INFO},
        {JANGLE_LOG_RECEIVED, JANGLE_LEVEL_INFO},
        {JANGLE_LOG_RECEIVED_AGAIN, JANGLE_LEVEL_INFO},
    };
    struct neighbours *neighbours = *state;

    lines[0] = '\0';
    world_close(&neighbours->sender);
    world_close(&neighbours->taker);
    neighbours->sender.config.host.logger.write = note_line;
    neighbours->taker.config.host.logger.write = note_line;
    neighbours->sender.config.log_levels = (struct jangle_log_levels)JANGLE_ARRAY(levels);
    neighbours->taker.config.log_levels = (struct jangle_log_levels)JANGLE_ARRAY(levels);
    world_open(&neighbours->sender, NULL);
    world_open(&neighbours->taker, &listener, NULL);
    world_put_many(&neighbours->sender, 3, 1);
    neighbours_poll(neighbours);
    assert_int_equal(lines_of("CONNECTED"), 2);
    assert_int_equal(lines_of("PUBLISHED"), 3);
    assert_int_equal(lines_of("RECEIVED"), 3);
    assert_int_equal(lines_of("RECEIVED_AGAIN"), 0);
    assert_result(jangle_subscriber_reset(neighbours->sender.jangle, "news", 0, NULL),
                  JANGLE_OK);
    jangle_hub_stop(neighbours->hub);
    neighbours_poll(neighbours);
    assert_int_equal(lines_of("DISCONNECTED"), 2);
    jangle_hub_start(neighbours->hub);
    neighbours_pass(neighbours, 60000);
    neighbours_poll(neighbours);
    assert_int_equal(lines_of("PUBLISHED"), 6);
    assert_int_equal(lines_of("RECEIVED_AGAIN"), 3);
}

/* petisco's consumers lose a message that has a header, and the key would be one. */
static void a_format_may_want_no_key(void **state)
{
    static const struct jangle_queue copies = {.name = "copies", .topic = "purses"};
    static const struct jangle_format *const formats[] = {&jangle_cloudevents,
                                                          &jangle_petisco};
    static struct jangle_publisher publisher;
    struct neighbours *neighbours = *state;

    for (int i = 0; i < 2; i++) {
        struct stranger stranger;
        struct received received;

        world_close(&neighbours->sender);
        publisher = purse_news;
        publisher.format = formats[i];
        publish_with(&neighbours->sender, &publisher);
        world_open(&neighbours->sender, NULL);
        stranger_init(&stranger, neighbours);
        declare_queue(stranger.transport, &copies);
        attach(stranger.transport, "copies");
        world_put(&neighbours->sender, "7");
        neighbours_poll(neighbours);
        received = receive(stranger.transport, 1);
        assert_int_equal(received.count, 1);
        if (i == 0)
            assert_string_equal(received.parcels->key, "purse/7");
        else
            assert_null(received.parcels->key);
        take(stranger.transport, received.parcels);
        stranger_finish(&stranger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_happens_in_one_program_is_handled_in_the_other, open_both, close_both),
        cmocka_unit_test_setup_teardown(what_is_published_again_is_known, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(the_log_tells_of_each_message, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(a_format_may_want_no_key, open_both, close_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
