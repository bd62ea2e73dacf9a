/* engine.c - two programs with a Kafka between them: events and commands pass once and in
 * order, while the broker is away and while each program is closed; an older backup of
 * the consumer catches up by itself; and a topic that was made again suspends it. */
#include "brokers/kafka/mock.h"
#include "support/domains/exchange.h"
#include "support/shard.h"
#include "support/temp_directory.h"

#include <string.h>

enum { EVENTS = 300, THIRD = EVENTS / 3, WAIT_MS = 60000 };

static struct neighbours both;

/* ---- how far the taker is ------------------------------------------------- */

static enum jangle_result note_event(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_subscriber watcher = {
    .name = "watcher",
    .handlers = JANGLE_HANDLERS({&coins_seen, note_event}, {&coins_put_in, note_event}),
    .start = JANGLE_FROM_FIRST,
};

/* Until the taker has stored so many events. */
static void wait_for_position(int64_t position)
{
    struct jangle_error error;

    if (jangle_wait(both.taker.jangle, "watcher", position, WAIT_MS, &error))
        fail_msg("%s; %s; %s", error.message, endpoint_of(&both.taker, "watch").reason,
                 endpoint_of(&both.taker, "counter").reason);
}

/* ---- both sides ----------------------------------------------------------- */

static int begin(void **state)
{
    static const struct jangle_clock system_clock;

    (void)state;
    mock_start();
    exchange_init(&both, true);
    both.sender.config.host.clock = both.taker.config.host.clock = system_clock;
    both.sender.config.broker = both.taker.config.broker = mock_broker(NULL);
    both.sender.config.workers = both.taker.config.workers = 2;
    both.sender.config.reconnect.max_delay_ms = 500;
    both.taker.config.reconnect.max_delay_ms = 500;
    return 0;
}

static int end(void **state)
{
    (void)state;
    neighbours_finish(&both);
    mock_stop();
    return 0;
}

/* The queues are there before anything is published. */
static void open_both(void)
{
    struct jangle_error error;

    world_open(&both.taker, &watcher, NULL);
    if (jangle_declare(both.taker.jangle, NULL, &error))
        fail_msg("%s", error.message);
    world_open(&both.sender, &exchange_forwarder, NULL);
}

static void send_some(int from, int to)
{
    struct jangle_outcome outcome;

    for (int i = from; i < to; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
}

static void assert_whole(int events)
{
    world_close(&both.sender);
    world_close(&both.taker);
    both.sender.config.workers = both.taker.config.workers = 0;
    world_open(&both.sender, &exchange_forwarder, NULL);
    world_open(&both.taker, NULL);
    exchange_assert_whole(&both, events);
}

/* Commands are answered while the broker is away. */
static void all_of_it_passes_though_the_broker_is_away(void **state)
{
    (void)state;
    open_both();
    send_some(0, THIRD);
    wait_for_position(THIRD / 2);
    assert_true(mock_go_down(NULL));
    send_some(THIRD, 2 * THIRD);
    assert_true(mock_come_up(NULL));
    wait_for_position(2 * THIRD);
    world_close(&both.taker);
    send_some(2 * THIRD, EVENTS);
    world_open(&both.taker, &watcher, NULL);
    world_close(&both.sender);
    world_open(&both.sender, &exchange_forwarder, NULL);
    wait_for_position(2 * EVENTS);
    assert_whole(EVENTS);
}

/* It reads on from its own offsets, whatever the groups were told since. */
static void an_older_backup_catches_up_by_itself(void **state)
{
    char path[TEMP_PATH_SIZE];

    (void)state;
    open_both();
    send_some(0, THIRD);
    wait_for_position(2 * THIRD);
    temp_directory_path(path, both.taker.directory, "backup.db");
    assert_result(jangle_backup(both.taker.jangle, path, NULL, NULL, NULL), JANGLE_OK);
    send_some(THIRD, EVENTS);
    wait_for_position(2 * EVENTS);
    world_close(&both.taker);
    both.taker.config.storage = jangle_sqlite(path);
    world_open(&both.taker, &watcher, NULL);
    assert_result(jangle_resume(both.taker.jangle, "watch", NULL), JANGLE_OK);
    assert_result(jangle_resume(both.taker.jangle, "counter", NULL), JANGLE_OK);
    wait_for_position(2 * EVENTS);
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, EVENTS - THIRD);
    assert_int_equal(endpoint_of(&both.taker, "watch").repeated, 0);
    assert_whole(EVENTS);
}

/* ---- a topic that was made again ------------------------------------------- */

static bool reason_says(const char *words)
{
    return strstr(endpoint_of(&both.taker, "watch").reason, words);
}

/* Another mock knows nothing of the first one: all topics are new, and get the same
 * messages at the same offsets. */
static void begin_at_another_broker(void)
{
    world_close(&both.taker);
    world_close(&both.sender);
    mock_stop();
    mock_start();
    both.sender.config.broker = both.taker.config.broker = mock_broker(NULL);
    mock_show_topic("purses");
    both.sender.config.workers = 0;
    world_open(&both.sender, &exchange_forwarder, NULL);
    assert_result(jangle_subscriber_reset(both.sender.jangle, "news", 0, NULL),
                  JANGLE_OK);
    both.sender.config.workers = 2;
    world_close(&both.sender);
    world_open(&both.sender, &exchange_forwarder, NULL);
    while (mock_count("purses") < THIRD)
        neighbours_wait_a_moment();
    world_open(&both.taker, &watcher, NULL);
}

static void a_topic_that_was_made_again_suspends_until_resumed(void **state)
{
    (void)state;
    open_both();
    send_some(0, THIRD);
    wait_for_position(2 * THIRD);
    begin_at_another_broker();
    while (!reason_says("has no offset"))
        neighbours_wait_a_moment();
    assert_true(reason_says("made again"));
    assert_int_equal(endpoint_of(&both.taker, "watch").received, 0);
    assert_result(jangle_resume(both.taker.jangle, "watch", NULL), JANGLE_OK);
    while (endpoint_of(&both.taker, "watch").repeated < THIRD)
        neighbours_wait_a_moment();
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it_passes_though_the_broker_is_away, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_older_backup_catches_up_by_itself, begin, end),
        cmocka_unit_test_setup_teardown(
            a_topic_that_was_made_again_suspends_until_resumed, begin, end),
    };

    return SHARD_RUN(tests);
}
