/* threads.c - publishers and consumers on threads of their own, while others send, and
 * while one side is closed and opened again. */
#include "support/brokers/watched_broker.h"
#include "support/domains/exchange.h"

#include <jangle/plugin/support.h>

#include <pthread.h>
#include <stdio.h>

enum { EVENTS = 999, HALF = 498, SENDERS = 3 };

static struct neighbours both;

/* ---- how far the taker is --------------------------------------------------- */

static struct progress {
    struct jn_mutex mutex;
    struct jn_cond moved;
    int64_t position;
} progress;

static enum jangle_result note_progress(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    (void)delivery;
    jn_mutex_lock(&progress.mutex);
    if (event->position > progress.position)
        progress.position = event->position;
    jn_cond_broadcast(&progress.moved);
    jn_mutex_unlock(&progress.mutex);
    return JANGLE_OK;
}

static const struct jangle_subscriber watcher = {
    .name = "watcher",
    .handlers =
        JANGLE_HANDLERS({&coins_seen, note_progress}, {&coins_put_in, note_progress}),
    .start = JANGLE_FROM_FIRST,
};

static void wait_for_position(int64_t position)
{
    jn_mutex_lock(&progress.mutex);
    while (progress.position < position)
        jn_cond_wait(&progress.moved, &progress.mutex);
    jn_mutex_unlock(&progress.mutex);
}

/* ---- threads that send ------------------------------------------------------- */

struct sender {
    pthread_t thread;
    int from, to; /* the numbers of commands; it sends each third of them */
    int failures;
};

static void *send_all(void *context)
{
    struct sender *sender = context;
    struct jangle_outcome outcome;

    for (int i = sender->from; i < sender->to; i += SENDERS)
        sender->failures += exchange_send(&both, i, &outcome) != JANGLE_OK;
    return NULL;
}

static void start_senders(struct sender senders[SENDERS], int from, int to)
{
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.from = from + i, .to = to};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]),
                         0);
    }
}

static void join_senders(struct sender senders[SENDERS])
{
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_int_equal(senders[i].failures, 0);
    }
}

/* ---- both sides -------------------------------------------------------------- */

/* With the system's clock, because threads wait by it. */
static int begin(void **state)
{
    static const struct jangle_clock system_clock;

    (void)state;
    exchange_init(&both, true);
    both.sender.config.host.clock = both.taker.config.host.clock = system_clock;
    both.sender.config.workers = both.taker.config.workers = 2;
    progress.position = 0;
    return jn_mutex_init(&progress.mutex) || jn_cond_init(&progress.moved);
}

static int end(void **state)
{
    (void)state;
    neighbours_finish(&both);
    jn_cond_finish(&progress.moved);
    jn_mutex_finish(&progress.mutex);
    return 0;
}

/* The taker's queues are there when it was polled without threads. */
static void open_both(void)
{
    both.taker.config.workers = 0;
    world_open(&both.taker, NULL);
    neighbours_poll(&both);
    world_close(&both.taker);
    both.taker.config.workers = 2;
    world_open(&both.taker, &watcher, NULL);
    world_open(&both.sender, &exchange_forwarder, NULL);
}

/* Without threads. */
static void check(int64_t count)
{
    world_close(&both.sender);
    world_close(&both.taker);
    both.sender.config.workers = both.taker.config.workers = 0;
    world_open(&both.sender, &exchange_forwarder, NULL);
    world_open(&both.taker, NULL);
    exchange_assert_whole(&both, count);
}

static void all_of_it_passes_while_both_are_closed_and_opened(void **state)
{
    struct sender senders[SENDERS];

    (void)state;
    open_both();
    start_senders(senders, 0, HALF);
    wait_for_position(100);
    world_close(&both.taker);
    world_open(&both.taker, &watcher, NULL);
    join_senders(senders);
    world_close(&both.sender);
    world_open(&both.sender, &exchange_forwarder, NULL);
    start_senders(senders, HALF, EVENTS);
    wait_for_position(HALF + 100);
    jangle_hub_stop(both.hub);
    jangle_hub_start(both.hub);
    join_senders(senders);
    wait_for_position(2 * EVENTS);
    check(EVENTS);
}

/* ---- others who send to the same aggregates ----------------------------------- */

enum { COMMANDS = 300 };

/* Two threads of the taker's program put one coin each into the purses that the consumer
 * fills, too. */
static void *put_coins(void *context)
{
    struct sender *sender = context;
    char purse[16];

    for (int i = 0; i < COMMANDS; i++) {
        snprintf(purse, sizeof purse, "%d", i % EXCHANGE_PURSES);
        sender->failures += jangle_send(both.taker.jangle, NULL, put_in,
                                        .purse_id = purse, .amount = 1) != JANGLE_OK;
    }
    return NULL;
}

static void a_consumer_shares_its_aggregates_with_others(void **state)
{
    enum { EACH = COMMANDS / EXCHANGE_PURSES };
    static const char *const purses[EXCHANGE_PURSES] = {"0", "1", "2"};
    struct sender senders[SENDERS], others[2] = {{0}};
    struct jangle_outcome outcome;
    char total[32];

    (void)state;
    open_both();
    start_senders(senders, 0, COMMANDS);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&others[i].thread, NULL, put_coins, &others[i]),
                         0);
    join_senders(senders);
    for (int i = 0; i < 2; i++) {
        pthread_join(others[i].thread, NULL);
        assert_int_equal(others[i].failures, 0);
    }
    wait_for_position(4 * COMMANDS);
    snprintf(total, sizeof total, "%d", EACH * (EACH + 1) / 2 + 2 * EACH);
    for (int i = 0; i < EXCHANGE_PURSES; i++) {
        assert_result(
            jangle_send(both.taker.jangle, &outcome, look_in, .purse_id = purses[i]),
            JANGLE_OK);
        assert_string_equal(outcome.reply, total);
    }
}

/* ---- a transport that does not answer ---------------------------------------- */

static struct gate {
    struct jn_mutex mutex;
    struct jn_cond moved;
    bool shut, waiting;
} gate;

static void wait_at_gate(void *context, const char *call)
{
    (void)context, (void)call;
    jn_mutex_lock(&gate.mutex);
    gate.waiting |= gate.shut;
    jn_cond_broadcast(&gate.moved);
    while (gate.shut)
        jn_cond_wait(&gate.moved, &gate.mutex);
    jn_mutex_unlock(&gate.mutex);
}

static void closing_ends_in_its_time(void **state)
{
    static struct watched_broker watched;
    struct jangle_outcome outcome;

    (void)state;
    assert_int_equal(jn_mutex_init(&gate.mutex), 0);
    assert_int_equal(jn_cond_init(&gate.moved), 0);
    watched = (struct watched_broker){.inner = jangle_hub_broker(both.hub),
                                      .before = wait_at_gate};
    both.sender.config.broker = watched_broker_make(&watched);
    open_both();
    gate.shut = true;
    for (int i = 0; i < 3; i++)
        assert_result(exchange_send(&both, i, &outcome), JANGLE_OK);
    jn_mutex_lock(&gate.mutex);
    while (!gate.waiting)
        jn_cond_wait(&gate.moved, &gate.mutex);
    jn_mutex_unlock(&gate.mutex);
    assert_result(jangle_close(both.sender.jangle, 50), JANGLE_TIMEOUT);
    jn_mutex_lock(&gate.mutex);
    gate.shut = false;
    jn_cond_broadcast(&gate.moved);
    jn_mutex_unlock(&gate.mutex);
    world_close(&both.sender);
    world_open(&both.sender, &exchange_forwarder, NULL);
    wait_for_position(6);
    check(3);
    jn_cond_finish(&gate.moved);
    jn_mutex_finish(&gate.mutex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it_passes_while_both_are_closed_and_opened,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_consumer_shares_its_aggregates_with_others,
                                        begin, end),
        cmocka_unit_test_setup_teardown(closing_ends_in_its_time, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
