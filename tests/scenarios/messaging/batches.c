/* batches.c - what comes in one batch: many commands, one message twice, two commands for
 * one aggregate; and one store with two consumers, or restored from a backup. */
#include "support/domains/exchange.h"
#include "support/stores/fault_vfs.h"
#include "support/stores/sqlite_damage.h"

#include <stdio.h>

static struct neighbours both;

/* ---- commands --------------------------------------------------------------- */

static const struct jangle_publisher to_counter = {
    .name = "to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publisher also_to_counter = {
    .name = "also_to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_consumer counter = {
    .name = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};

static struct follower heard;
static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

static void post_one(const struct jangle_publisher *publisher, const char *purse)
{
    assert_result(jangle_post(both.sender.jangle, NULL, publisher, put_in,
                              .purse_id = purse, .amount = 1),
                  JANGLE_OK);
}

static const struct jangle_publishers publishers =
    JANGLE_PUBLISHERS(&to_counter, &also_to_counter);

static int64_t group_bytes; /* of the taker that is opened next; 0: the default */

static void open_counter(bool in_files, const struct jangle_subscriber *subscriber)
{
    static struct jangle_sqlite_options disk;

    heard = (struct follower){0};
    neighbours_init(&both, in_files);
    both.sender.config.publishers = publishers;
    both.taker.config.aggregates = purse_aggregates;
    both.taker.config.group_bytes = group_bytes;
    consume_with(&both.taker, &counter);
    if (in_files) {
        disk.vfs = fault_vfs_register();
        fault_vfs_reset();
        both.taker.config.storage = jangle_sqlite_with(both.taker.file, &disk);
    }
    world_open(&both.taker, subscriber, NULL);
    neighbours_poll(&both);
    world_open(&both.sender, NULL);
}

static void a_hundred_commands_are_one_sync(void **state)
{
    int64_t before;

    (void)state;
    open_counter(true, NULL);
    for (int i = 0; i < 100; i++) {
        char purse[16];

        snprintf(purse, sizeof purse, "%d", i);
        post_one(&to_counter, purse);
    }
    world_poll(&both.sender);
    before = fault_vfs_count(FAULT_SYNC);
    world_poll(&both.taker);
    assert_int_equal(endpoint_of(&both.taker, "counter").taken, 100);
    assert_int_equal(world_stats(&both.taker).position, 100);
    assert_int_equal(world_stats(&both.taker).commits, 1);
    assert_int_equal(fault_vfs_count(FAULT_SYNC) - before, 1);
    neighbours_finish(&both);
}

/* Each of them has as many bytes as a commit may have. Of one key, so in order. */
static void giant_messages_are_commits_of_their_own(void **state)
{
    (void)state;
    group_bytes = 1;
    open_counter(false, &listener);
    group_bytes = 0;
    for (int i = 0; i < 10; i++) {
        char purse[16];

        snprintf(purse, sizeof purse, "%d", i);
        post_one(&to_counter, purse);
    }
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.taker, "counter").taken, 10);
    assert_int_equal(world_stats(&both.taker).commits, 10);
    follower_assert_all(&heard, 1, 10);
    follower_clear(&heard);
    neighbours_finish(&both);
}

/* Their keys differ, so each may be first. */
static void two_commands_for_one_aggregate_are_both_done(void **state)
{
    (void)state;
    open_counter(false, &listener);
    for (int i = 0; i < 10; i++) {
        post_one(&to_counter, "7");
        post_one(&also_to_counter, "7");
    }
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.taker, "counter").taken, 20);
    follower_assert_all(&heard, 1, 20);
    follower_clear(&heard);
    neighbours_finish(&both);
}

static void a_command_that_comes_twice_in_a_batch_is_done_once(void **state)
{
    (void)state;
    open_counter(false, &listener);
    for (int i = 0; i < 10; i++)
        post_one(&to_counter, i % 2 ? "1" : "2");
    world_poll(&both.sender);
    assert_result(jangle_subscriber_reset(both.sender.jangle, "to_counter", 0, NULL),
                  JANGLE_OK);
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.taker, "counter").taken, 10);
    assert_int_equal(endpoint_of(&both.taker, "counter").repeated, 10);
    follower_assert_all(&heard, 1, 10);
    follower_clear(&heard);
    neighbours_finish(&both);
}

/* Only its own commands stop at it. They stay in hand for a moment, because the disk may
 * recover, and then they come again later, while the others go on. */
static void a_stream_that_the_disk_has_damaged_holds_up_no_other(void **state)
{
    struct jangle_endpoint_stats stats;

    (void)state;
    open_counter(true, NULL);
    post_one(&to_counter, "1");
    neighbours_poll(&both);
    world_close(&both.taker);
    sqlite_damage(both.taker.file, 1);
    world_open(&both.taker, NULL);
    for (int i = 0; i < 6; i++)
        post_one(&to_counter, i % 2 ? "1" : "2");
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.taker, "counter").again, 0);
    for (int i = 0; i < 20; i++) {
        neighbours_pass(&both, 1000);
        neighbours_poll(&both);
    }
    stats = endpoint_of(&both.taker, "counter");
    assert_int_equal(stats.taken, 3);
    assert_true(stats.again >= 3);
    assert_int_equal(stats.dead, 0);
    assert_int_equal(world_stats(&both.taker).position, 1 + 3);
    neighbours_finish(&both);
}

/* ---- events ----------------------------------------------------------------- */

static void open_exchange(bool in_files)
{
    exchange_init(&both, in_files);
    exchange_open_both(&both);
}

static void send_many(int from, int to)
{
    struct jangle_outcome outcome;

    for (int i = from; i < to; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
}

static void publish_again(void)
{
    assert_result(jangle_subscriber_reset(both.sender.jangle, "news", 0, NULL),
                  JANGLE_OK);
    assert_result(jangle_subscriber_reset(both.sender.jangle, "to_counter", 0, NULL),
                  JANGLE_OK);
}

static void a_message_that_comes_twice_in_a_batch_is_stored_once(void **state)
{
    (void)state;
    open_exchange(false);
    send_many(0, 30);
    world_poll(&both.sender);
    publish_again();
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, 30);
    assert_int_equal(endpoint_of(&both.taker, "watch").repeated, 30);
    exchange_assert_whole(&both, 30);
    neighbours_finish(&both);
}

/* The file is as it was after a third of them; the queue has nothing any more. */
static void a_taker_that_was_restored_gets_all_again(void **state)
{
    char path[TEMP_PATH_SIZE];

    (void)state;
    open_exchange(true);
    send_many(0, 9);
    neighbours_poll(&both);
    temp_directory_path(path, both.taker.directory, "backup.db");
    assert_result(jangle_backup(both.taker.jangle, path, NULL, NULL, NULL), JANGLE_OK);
    send_many(9, 27);
    neighbours_poll(&both);
    assert_true(exchange_is_complete(&both, 27));
    world_close(&both.taker);
    both.taker.config.storage = jangle_sqlite(path);
    exchange_open(&both, &both.taker);
    neighbours_poll(&both);
    assert_true(exchange_is_complete(&both, 9));
    neighbours_pass(&both, 2000);
    publish_again();
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.taker, "watch").received, 0); /* it is a copy */
    assert_result(jangle_resume(both.taker.jangle, "watch", NULL), JANGLE_OK);
    assert_result(jangle_resume(both.taker.jangle, "counter", NULL), JANGLE_OK);
    neighbours_pass(&both, 40000);
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.taker, "watch").repeated, 9);
    assert_int_equal(endpoint_of(&both.taker, "watch").taken, 18);
    exchange_assert_whole(&both, 27);
    neighbours_finish(&both);
}

/* ---- two consumers of one store --------------------------------------------- */

struct coins_noted {
    int64_t amount;
    int64_t total;
};
struct coins_known {
    int64_t amount;
    int64_t total;
};

static JANGLE_EVENT(coins_noted, amount, total);
static JANGLE_EVENT(coins_known, amount, total);

static const struct jangle_consumer notary = {
    .name = "notary",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_noted, .as = "coins_put_in"}),
};
static const struct jangle_consumer knower = {
    .name = "knower",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_known, .as = "coins_put_in"}),
};

static const struct jangle_consumers consumers = JANGLE_CONSUMERS(&notary, &knower);

static struct follower noted, known;
static const struct jangle_subscriber noting = {
    .name = "noting",
    .context = &noted,
    .handlers = JANGLE_HANDLERS({&coins_noted, follower_handle}),
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_subscriber knowing = {
    .name = "knowing",
    .context = &known,
    .handlers = JANGLE_HANDLERS({&coins_known, follower_handle}),
    .start = JANGLE_FROM_FIRST,
};

static void two_consumers_of_a_store_both_have_each_message(void **state)
{
    for (int in_files = 0; in_files < 2; in_files++) {
        (void)state;
        neighbours_init(&both, in_files);
        publish_with(&both.sender, &purse_news);
        both.taker.config.consumers = consumers;
        world_open(&both.taker, &noting, &knowing, NULL);
        neighbours_poll(&both);
        world_open(&both.sender, NULL);
        world_put_many(&both.sender, 20, 2);
        neighbours_poll(&both);
        assert_int_equal(endpoint_of(&both.taker, "notary").taken, 20);
        assert_int_equal(endpoint_of(&both.taker, "knower").taken, 20);
        assert_int_equal(noted.count, 20);
        assert_int_equal(known.count, 20);
        follower_clear(&noted);
        follower_clear(&known);
        neighbours_finish(&both);
    }
}

/* ---- two programs with one store -------------------------------------------- */

/* One of them receives, and the other stands by until it may. */
static void the_other_program_of_a_store_takes_over(void **state)
{
    static struct world other;

    (void)state;
    open_exchange(true);
    world_init(&other, false);
    other.config = both.taker.config;
    world_open(&other, NULL);
    world_poll(&other);
    send_many(0, 9);
    neighbours_poll(&both);
    world_poll(&other);
    assert_true(endpoint_of(&both.taker, "watch").here);
    assert_false(endpoint_of(&other, "watch").here);
    assert_string_equal(endpoint_of(&other, "watch").reason,
                        "another process receives for it");
    assert_int_equal(endpoint_of(&other, "watch").received, 0);
    world_close(&both.taker);
    send_many(9, 18);
    world_poll(&both.sender);
    neighbours_pass(&both, 2000);
    world_poll(&other);
    assert_true(endpoint_of(&other, "watch").here);
    assert_int_equal(endpoint_of(&other, "watch").taken, 9);
    world_finish(&other);
    exchange_open(&both, &both.taker);
    exchange_assert_whole(&both, 18);
    neighbours_finish(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_commands_are_one_sync),
        cmocka_unit_test(giant_messages_are_commits_of_their_own),
        cmocka_unit_test(two_commands_for_one_aggregate_are_both_done),
        cmocka_unit_test(a_command_that_comes_twice_in_a_batch_is_done_once),
        cmocka_unit_test(a_stream_that_the_disk_has_damaged_holds_up_no_other),
        cmocka_unit_test(a_message_that_comes_twice_in_a_batch_is_stored_once),
        cmocka_unit_test(a_taker_that_was_restored_gets_all_again),
        cmocka_unit_test(two_consumers_of_a_store_both_have_each_message),
        cmocka_unit_test(the_other_program_of_a_store_takes_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
