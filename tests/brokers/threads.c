/* threads.c - two programs of several threads with a broker between them: while some
 * threads send, publishers and consumers are paused, and the taker is closed and opened
 * again with messages in hand. What the threads share is seen by who runs this with a
 * sanitizer. */
#include "brokers/threads.h"

#include "brokers/pair.h"

#include <pthread.h>

enum { EVENTS = 120, SENDERS = 2, ROUNDS = 4 };

static const struct tested_broker *broker;
static struct neighbours both;

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
    (void)state;
    pair_init(&both, broker->broker);
    both.sender.config.workers = both.taker.config.workers = 3;
    both.sender.config.publish_count = both.taker.config.receive_count = 5;
    return 0;
}

static int end(void **state)
{
    (void)state;
    neighbours_finish(&both);
    return 0;
}

static void pause_for_a_moment(struct world *world, const char *name)
{
    assert_result(
        jangle_pause(world->jangle, name, "a test", "it wants to", &world->error),
        JANGLE_OK);
    neighbours_wait_a_moment();
    assert_result(jangle_resume(world->jangle, name, &world->error), JANGLE_OK);
}

static void all_of_it_passes_while_they_are_paused_and_closed(void **state)
{
    (void)state;
    pair_open(&both);
    start_senders();
    for (int i = 0; i < ROUNDS; i++) {
        pair_wait(&both, 1 + i * EVENTS / ROUNDS);
        pause_for_a_moment(&both.taker, "watch");
        pause_for_a_moment(&both.sender, "news");
        pause_for_a_moment(&both.taker, "counter");
        pause_for_a_moment(&both.sender, "to_counter");
        if (i % 2) {
            world_close(&both.taker);
            world_open(&both.taker, &pair_watcher, NULL);
        }
    }
    join_senders();
    world_close(&both.sender);
    world_open(&both.sender, &exchange_forwarder, NULL);
    pair_wait(&both, 2 * EVENTS);
    pair_assert_whole(&both, EVENTS);
}

int threads_try(const struct tested_broker *tested)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        all_of_it_passes_while_they_are_paused_and_closed, begin, end)};

    broker = tested;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
