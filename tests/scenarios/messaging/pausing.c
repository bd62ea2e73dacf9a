/* pausing.c - publishers and consumers that are paused say and take nothing, and a copy
 * of a store is such a program; and those that are renamed still know their messages. */
#include "support/domains/neighbours.h"

#include <jangle/testing.h>

#include <string.h>

static struct follower heard;
static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

/* Runs in the sender, and sees nothing of what is posted there. */
static struct follower overheard;
static const struct jangle_subscriber spy = {
    .name = "spy",
    .context = &overheard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

static struct neighbours both;
static struct world third; /* another taker, or a copy */

static int set_up(void **state)
{
    heard = overheard = (struct follower){0};
    neighbours_init(&both, *state != NULL);
    publish_with(&both.sender, &purse_news);
    consume_with(&both.taker, &purse_watch);
    world_init(&third, false);
    third.config.broker = both.taker.config.broker;
    third.config.aggregates = (struct jangle_aggregates){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&third);
    neighbours_finish(&both);
    follower_clear(&heard);
    follower_clear(&overheard);
    return 0;
}

/* The queue is there before anything is published. */
static void open_both(void)
{
    world_open(&both.taker, &listener, NULL);
    neighbours_poll(&both);
    world_open(&both.sender, NULL);
}

static void pause_in(struct world *world, const char *name)
{
    assert_result(jangle_pause(world->jangle, name, "Ann", "no ink", &world->error),
                  JANGLE_OK);
}

static void resume_in(struct world *world, const char *name)
{
    assert_result(jangle_resume(world->jangle, name, &world->error), JANGLE_OK);
}

static void assert_paused(struct world *world, const char *name)
{
    struct jangle_endpoint_stats stats = endpoint_of(world, name);

    assert_true(stats.paused.us > 0);
    assert_string_equal(stats.paused_by, "Ann");
    assert_string_equal(stats.paused_why, "no ink");
    assert_string_equal(stats.reason, "paused by Ann: no ink");
}

static void assert_not_paused(struct world *world, const char *name)
{
    struct jangle_endpoint_stats stats = endpoint_of(world, name);

    assert_int_equal(stats.paused.us, 0);
    assert_string_equal(stats.paused_by, "");
    assert_string_equal(stats.reason, "");
}

/* ---- paused ------------------------------------------------------------------ */

static void a_paused_publisher_publishes_nothing(void **state)
{
    (void)state;
    open_both();
    world_put(&both.sender, "1");
    neighbours_poll(&both);
    pause_in(&both.sender, "news");
    world_put_many(&both.sender, 5, 2);
    neighbours_pass(&both, 60000);
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.sender, "news").published, 1);
    assert_paused(&both.sender, "news");
    resume_in(&both.sender, "news");
    neighbours_poll(&both);
    assert_not_paused(&both.sender, "news");
    follower_assert_all(&heard, 1, 6);
}

static void a_paused_consumer_receives_nothing(void **state)
{
    (void)state;
    open_both();
    world_put(&both.sender, "1");
    neighbours_poll(&both);
    pause_in(&both.taker, "watch");
    world_put_many(&both.sender, 5, 2);
    neighbours_pass(&both, 60000);
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.taker, "watch").received, 1);
    assert_int_equal(heard.count, 1);
    assert_paused(&both.taker, "watch");
    resume_in(&both.taker, "watch");
    neighbours_poll(&both);
    assert_not_paused(&both.taker, "watch");
    follower_assert_all(&heard, 1, 6);
}

static void what_comes_another_way_is_busy_meanwhile(void **state)
{
    static const char body[] =
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"elsewhere\","
        "\"type\":\"coins_put_in\",\"data\":{\"amount\":5,\"total\":5}}";
    const struct jangle_parcel parcel = {.content_type = "application/cloudevents+json",
                                         .body = body,
                                         .body_size = sizeof body - 1};
    struct jangle *jangle;

    (void)state;
    open_both();
    jangle = both.taker.jangle;
    pause_in(&both.taker, "watch");
    assert_result(jangle_deliver(jangle, "watch", &parcel, &both.taker.error),
                  JANGLE_BUSY);
    assert_non_null(strstr(both.taker.error.message, "\"watch\" is paused by Ann"));
    resume_in(&both.taker, "watch");
    assert_result(jangle_deliver(jangle, "watch", &parcel, NULL), JANGLE_OK);
    neighbours_poll(&both);
    assert_int_equal(heard.count, 1);
}

/* Publish ten messages, which the taker receives while its store fails: until that
 * happens to be the call that would have stored them. Then they are in hand. */
static bool leave_in_hand(struct jangle_flaky *flaky)
{
    bool in_hand = false;

    for (int64_t call = 1; !in_hand && call < 30; call++) {
        neighbours_pass(&both, 60000);
        neighbours_poll(&both);
        world_put_many(&both.sender, 10, 2);
        world_poll(&both.sender);
        flaky->fail_at = flaky->calls + call;
        (void)jangle_poll(both.taker.jangle, NULL, NULL);
        flaky->fail_at = 0;
        in_hand = strstr(endpoint_of(&both.taker, "watch").reason, "(commit) fails");
    }
    return in_hand;
}

/* It receives in order, so nobody else would get anything as long as it is there. */
static void a_paused_consumer_gives_back_what_it_has_in_hand(void **state)
{
    struct jangle_flaky flaky = {.storage = jangle_memory(), .result = JANGLE_BUSY};
    size_t before;

    (void)state;
    both.taker.config.storage = jangle_storage_flaky(&flaky);
    open_both();
    assert_true(leave_in_hand(&flaky));
    before = heard.count;
    pause_in(&both.taker, "watch");
    world_poll(&both.taker);
    consume_with(&third, &purse_watch);
    world_open(&third, NULL);
    world_poll(&third);
    assert_int_equal(endpoint_of(&third, "watch").taken, 10);
    world_close(&third);
    resume_in(&both.taker, "watch");
    world_put(&both.sender, "1");
    neighbours_poll(&both);
    assert_int_equal(heard.count, before + 1);
    world_close(&both.taker);
}

static struct jangle_endpoint_stats a_moment_later(struct world *world)
{
    neighbours_wait_a_moment();
    return endpoint_of(world, "watch");
}

static void say_one(void)
{
    world_put(&both.sender, "1");
    world_poll(&both.sender);
}

/* Its thread waits for messages when the pause comes, and may take one more; then another
 * one gets them, because the thread is there no more. It comes back when it is resumed.
 */
static void a_thread_that_waits_for_messages_finds_the_pause(void **state)
{
    int64_t taken, others;

    (void)state;
    both.taker.config.workers = 1;
    both.taker.config.host.clock = (struct jangle_clock){0};
    world_open(&both.taker, &listener, NULL);
    while (!a_moment_later(&both.taker).connected)
        ;
    world_open(&both.sender, NULL);
    say_one();
    while (!a_moment_later(&both.taker).taken)
        ;
    pause_in(&both.taker, "watch");
    consume_with(&third, &purse_watch);
    world_open(&third, NULL);
    while (!a_moment_later(&third).taken) {
        say_one();
        world_poll(&third);
    }
    others = endpoint_of(&third, "watch").taken;
    world_close(&third);
    taken = endpoint_of(&both.taker, "watch").taken;
    assert_int_equal(taken + others, endpoint_of(&both.sender, "news").published);
    resume_in(&both.taker, "watch");
    say_one();
    while (a_moment_later(&both.taker).taken == taken)
        ;
    assert_int_equal(endpoint_of(&both.taker, "watch").received, taken + 1);
}

/* ---- a copy ------------------------------------------------------------------ */

static void open_copy_of(struct world *world, const char *path)
{
    const struct jangle_publisher *publisher = world->publisher;
    const struct jangle_consumer *consumer = world->consumer;

    third.config = world->config;
    third.config.host.clock.context = &third;
    third.config.storage = jangle_sqlite(path);
    if (publisher)
        publish_with(&third, publisher);
    if (consumer)
        consume_with(&third, consumer);
    world_open(&third, NULL);
}

static void a_copy_says_nothing_until_it_is_resumed(void **state)
{
    char path[TEMP_PATH_SIZE];

    (void)state;
    open_both();
    world_put_many(&both.sender, 5, 2);
    neighbours_poll(&both);
    world_put_many(&both.sender, 2, 1);
    temp_directory_path(path, both.sender.directory, "copy.db");
    assert_result(jangle_backup(both.sender.jangle, path, NULL, NULL, NULL), JANGLE_OK);
    open_copy_of(&both.sender, path);
    world_put(&third, "1");
    world_pass(&third, 60000);
    world_poll(&third);
    assert_int_equal(endpoint_of(&third, "news").published, 0);
    assert_string_equal(endpoint_of(&third, "news").paused_by, "jangle");
    assert_string_equal(endpoint_of(&third, "news").paused_why,
                        "this store is a copy: resume it when it may talk");
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.sender, "news").published, 7);
    world_close(&third);
    open_copy_of(&both.sender, path);
    world_poll(&third);
    assert_int_equal(endpoint_of(&third, "news").published, 0);
    resume_in(&third, "news");
    world_poll(&third);
    assert_int_equal(endpoint_of(&third, "news").published, 3);
    world_close(&third);
    open_copy_of(&both.sender, path);
    assert_int_equal(endpoint_of(&third, "news").paused.us, 0);
}

static void a_copy_takes_nothing_until_it_is_resumed(void **state)
{
    char path[TEMP_PATH_SIZE];

    (void)state;
    open_both();
    world_put_many(&both.sender, 5, 2);
    neighbours_poll(&both);
    temp_directory_path(path, both.taker.directory, "copy.db");
    assert_result(jangle_backup(both.taker.jangle, path, NULL, NULL, NULL), JANGLE_OK);
    world_close(&both.taker);
    world_put_many(&both.sender, 2, 1);
    world_poll(&both.sender);
    open_copy_of(&both.taker, path);
    world_pass(&third, 60000);
    world_poll(&third);
    assert_int_equal(endpoint_of(&third, "watch").received, 0);
    assert_string_equal(endpoint_of(&third, "watch").paused_by, "jangle");
    resume_in(&third, "watch");
    world_poll(&third);
    assert_int_equal(endpoint_of(&third, "watch").taken, 2);
}

static const struct jangle_publisher gossip = {
    .name = "gossip",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .start = JANGLE_FROM_FIRST,
};

/* One that is declared only in the copy is paused, too; a subscriber is not. */
static void what_is_new_in_a_copy_is_paused_too(void **state)
{
    char path[TEMP_PATH_SIZE];

    (void)state;
    open_both();
    temp_directory_path(path, both.sender.directory, "copy.db");
    assert_result(jangle_backup(both.sender.jangle, path, NULL, NULL, NULL), JANGLE_OK);
    third.config = both.sender.config;
    third.config.host.clock.context = &third;
    third.config.storage = jangle_sqlite(path);
    publish_with(&third, &gossip);
    world_open(&third, &listener, NULL);
    world_put(&third, "1");
    world_poll(&third);
    assert_int_equal(endpoint_of(&third, "gossip").published, 0);
    assert_int_equal(heard.count, 1);
    resume_in(&third, "gossip");
    world_poll(&third);
    assert_int_equal(endpoint_of(&third, "gossip").published, 1);
}

/* ---- another name ------------------------------------------------------------ */

static const struct jangle_consumer eye = {
    .name = "eye",
    .formerly = "watch",
    .queue = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

static const struct jangle_consumer eye_later = {
    .name = "eye",
    .queue = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

static void reopen_taker_with(const struct jangle_consumer *consumer)
{
    world_close(&both.taker);
    consume_with(&both.taker, consumer);
    world_open(&both.taker, &listener, NULL);
    neighbours_poll(&both);
}

static void publish_all_again(void)
{
    assert_result(jangle_subscriber_reset(both.sender.jangle, "news", 0, NULL),
                  JANGLE_OK);
    neighbours_poll(&both);
}

static void a_renamed_consumer_knows_its_old_messages(void **state)
{
    const struct jangle_consumer *const later[] = {&eye, &eye_later, &eye_later};

    (void)state;
    open_both();
    world_put_many(&both.sender, 5, 2);
    neighbours_poll(&both);
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        reopen_taker_with(later[i]);
        publish_all_again();
        assert_int_equal(endpoint_of(&both.taker, "eye").repeated, 5);
        assert_int_equal(endpoint_of(&both.taker, "eye").taken, 0);
    }
    assert_int_equal(heard.count, 5);
    world_put(&both.sender, "1");
    neighbours_poll(&both);
    follower_assert_all(&heard, 1, 6);
}

static void a_renamed_consumer_stays_paused(void **state)
{
    (void)state;
    open_both();
    pause_in(&both.taker, "watch");
    world_put(&both.sender, "1");
    reopen_taker_with(&eye);
    neighbours_pass(&both, 60000);
    neighbours_poll(&both);
    assert_paused(&both.taker, "eye");
    assert_int_equal(endpoint_of(&both.taker, "eye").received, 0);
    resume_in(&both.taker, "eye");
    neighbours_poll(&both);
    assert_int_equal(heard.count, 1);
}

static void nobody_gets_the_first_name_of_another(void **state)
{
    (void)state;
    open_both();
    reopen_taker_with(&eye);
    world_close(&both.taker);
    both.taker.config.consumers =
        (struct jangle_consumers)JANGLE_CONSUMERS(&eye_later, &purse_watch);
    assert_false(world_try_open(&both.taker, &listener, NULL));
    assert_non_null(strstr(both.taker.error.message, "\"watch\""));
    assert_result(both.taker.error.result, JANGLE_INVALID);
}

/* What is posted goes to nobody but its publisher, whose name was another one then. */
static const struct jangle_publisher to_counter = {
    .name = "to_counter",
    .queue = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

static const struct jangle_publisher to_cashier = {
    .name = "to_cashier",
    .formerly = "to_counter",
    .queue = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

static const struct jangle_publisher to_cashier_later = {
    .name = "to_cashier",
    .queue = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

static void post_with(const struct jangle_publisher *publisher)
{
    assert_result(jangle_post(both.sender.jangle, NULL, publisher, coins_put_in,
                              .amount = 1, .total = 1),
                  JANGLE_OK);
}

static void reopen_sender_with(const struct jangle_publisher *publisher)
{
    if (both.sender.jangle)
        world_close(&both.sender);
    publish_with(&both.sender, publisher);
    world_open(&both.sender, &spy, NULL);
}

static void a_renamed_publisher_publishes_what_was_posted_before(void **state)
{
    (void)state;
    world_open(&both.taker, &listener, NULL);
    neighbours_poll(&both);
    reopen_sender_with(&to_counter);
    world_poll(&both.sender);
    pause_in(&both.sender, "to_counter");
    post_with(&to_counter);
    reopen_sender_with(&to_cashier);
    world_poll(&both.sender);
    post_with(&to_cashier);
    reopen_sender_with(&to_cashier_later);
    post_with(&to_cashier_later);
    neighbours_poll(&both);
    assert_int_equal(heard.count, 0);
    resume_in(&both.sender, "to_cashier");
    neighbours_poll(&both);
    assert_int_equal(endpoint_of(&both.sender, "to_cashier").published, 3);
    assert_int_equal(heard.count, 3);
    assert_int_equal(overheard.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_paused_publisher_publishes_nothing),
        WORLD_TEST(a_paused_consumer_receives_nothing),
        WORLD_TEST(what_comes_another_way_is_busy_meanwhile),
        WORLD_TEST_IN_MEMORY(a_paused_consumer_gives_back_what_it_has_in_hand),
        WORLD_TEST_IN_MEMORY(a_thread_that_waits_for_messages_finds_the_pause),
        WORLD_TEST_IN_FILE(a_copy_says_nothing_until_it_is_resumed),
        WORLD_TEST_IN_FILE(a_copy_takes_nothing_until_it_is_resumed),
        WORLD_TEST_IN_FILE(what_is_new_in_a_copy_is_paused_too),
        WORLD_TEST_IN_FILE(a_renamed_consumer_knows_its_old_messages),
        WORLD_TEST_IN_FILE(a_renamed_consumer_stays_paused),
        WORLD_TEST_IN_FILE(nobody_gets_the_first_name_of_another),
        WORLD_TEST_IN_FILE(a_renamed_publisher_publishes_what_was_posted_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
