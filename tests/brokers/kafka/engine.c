/* engine.c - two programs with a Kafka between them: events and commands pass once and in
 * order, while the broker is away and while each program is closed; an older backup of
 * the consumer catches up by itself; and a topic that was made again suspends it. */
#include "brokers/kafka/mock.h"
#include "brokers/pair.h"
#include "support/shard.h"
#include "support/temp_directory.h"

#include <string.h>

enum { EVENTS = 300, THIRD = EVENTS / 3 };

static struct neighbours both;

static int begin(void **state)
{
    (void)state;
    mock_start();
    pair_init(&both, mock_broker(NULL));
    return 0;
}

static int end(void **state)
{
    (void)state;
    neighbours_finish(&both);
    mock_stop();
    return 0;
}

static void all_of_it_passes_though_the_broker_is_away(void **state)
{
    const struct tested_broker broker = {.kill = mock_go_down,
                                         .start_again = mock_come_up};

    (void)state;
    pair_pass_though_it_is_killed(&both, &broker, EVENTS);
}

/* It reads on from its own offsets, whatever the groups were told since. */
static void an_older_backup_catches_up_by_itself(void **state)
{
    char path[TEMP_PATH_SIZE];

    (void)state;
    pair_open(&both);
    pair_send(&both, 0, THIRD);
    pair_wait(&both, 2 * THIRD);
    temp_directory_path(path, both.taker.directory, "backup.db");
    assert_result(jangle_backup(both.taker.jangle, path, NULL, NULL, NULL), JANGLE_OK);
    pair_send(&both, THIRD, EVENTS);
    pair_wait(&both, 2 * EVENTS);
    world_close(&both.taker);
    both.taker.config.storage = jangle_sqlite(path);
    world_open(&both.taker, &pair_watcher, NULL);
    assert_result(jangle_resume(both.taker.jangle, "watch", NULL), JANGLE_OK);
    assert_result(jangle_resume(both.taker.jangle, "counter", NULL), JANGLE_OK);
    pair_wait(&both, 2 * EVENTS);
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, EVENTS - THIRD);
    assert_int_equal(endpoint_of(&both.taker, "watch").repeated, 0);
    pair_assert_whole(&both, EVENTS);
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
    world_open(&both.taker, &pair_watcher, NULL);
}

static void a_topic_that_was_made_again_suspends_until_resumed(void **state)
{
    (void)state;
    pair_open(&both);
    pair_send(&both, 0, THIRD);
    pair_wait(&both, 2 * THIRD);
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
