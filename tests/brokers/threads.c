/* threads.c - two programs of several threads with a broker between them: while some
 * threads send, publishers and consumers are paused, and the taker is closed and opened
 * again with messages in hand. What the threads share is seen by who runs this with a
 * sanitizer. */
#include "brokers/threads.h"

#include "support/domains/exchange.h"

#include <pthread.h>

enum { EVENTS = 120, SENDERS = 2, ROUNDS = 4, WAIT_MS = 300000 };

static const struct tested_broker *broker;
static struct neighbours both;

/* ---- how far the taker is -------------------------------------------------------- */

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

/* ---- threads that send ----------------------------------------------------------- */

static struct sender {
    pthread_t thread;
    int from, failures;
} senders[SENDERS];

static void *send_share(void *context)
{
    struct sender *sender = context;
    struct jangle_outcome outcome;

    for (int i = sender->from; i < EVENTS; i += SENDERS)
        sender->failures += exchange_send(&both, i, &outcome) != JANGLE_OK;
    return NULL;
}

static void start_senders(void)
{
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.from = i};
        assert_int_equal(
            pthread_create(&senders[i].thread, NULL, send_share, &senders[i]), 0);
    }
}

static void join_senders(void)
{
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_int_equal(senders[i].failures, 0);
    }
}

/* ---- both sides ------------------------------------------------------------------ */

static int begin(void **state)
{
    static const struct jangle_clock system_clock;

    (void)state;
    exchange_init(&both, true);
    both.sender.config.host.clock = both.taker.config.host.clock = system_clock;
    both.sender.config.broker = both.taker.config.broker = broker->broker;
    both.sender.config.workers = both.taker.config.workers = 3;
    both.sender.config.publish_count = both.taker.config.receive_count = 5;
    both.sender.config.reconnect.max_delay_ms = 500;
    both.taker.config.reconnect.max_delay_ms = 500;
    return 0;
}

static int end(void **state)
{
    (void)state;
    neighbours_finish(&both);
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

static void pause_for_a_moment(struct world *world, const char *name)
{
    assert_result(
        jangle_pause(world->jangle, name, "a test", "it wants to", &world->error),
        JANGLE_OK);
    neighbours_wait_a_moment();
    assert_result(jangle_resume(world->jangle, name, &world->error), JANGLE_OK);
}

static void assert_whole(void)
{
    world_close(&both.sender);
    world_close(&both.taker);
    both.sender.config.workers = both.taker.config.workers = 0;
    world_open(&both.sender, &exchange_forwarder, NULL);
    world_open(&both.taker, NULL);
    exchange_assert_whole(&both, EVENTS);
}

static void all_of_it_passes_while_they_are_paused_and_closed(void **state)
{
    (void)state;
    open_both();
    start_senders();
    for (int i = 0; i < ROUNDS; i++) {
        wait_for_position(1 + i * EVENTS / ROUNDS);
        pause_for_a_moment(&both.taker, "watch");
        pause_for_a_moment(&both.sender, "news");
        pause_for_a_moment(&both.taker, "counter");
        pause_for_a_moment(&both.sender, "to_counter");
        if (i % 2) {
            world_close(&both.taker);
            world_open(&both.taker, &watcher, NULL);
        }
    }
    join_senders();
    world_close(&both.sender);
    world_open(&both.sender, &exchange_forwarder, NULL);
    wait_for_position(2 * EVENTS);
    assert_whole();
}

int threads_try(const struct tested_broker *tested)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        all_of_it_passes_while_they_are_paused_and_closed, begin, end)};

    broker = tested;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
