/* threads.c - received messages are handled by several threads: those of one key
 * in order, those of different keys at the same time. */
#include "support/domains/stranger.h"

#include <jangle/plugin/support.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS = 7, EACH = 60, MESSAGES = KEYS * EACH, THREADS = 4 };

static struct neighbours both;
static struct stranger stranger;

/* ---- what the handlers see ------------------------------------------------------- */

static struct {
    struct jn_mutex mutex;
    struct jn_cond moved;
    bool inside[KEYS]; /* a handler of that key runs */
    int64_t last[KEYS];
    int wrong; /* messages out of their order, or at the same time */
    int running, most;
    int handled;
    int wanted; /* so many must run at the same time before any returns */
} seen;

static void begin_message(int key, int64_t number)
{
    jn_mutex_lock(&seen.mutex);
    seen.wrong += seen.inside[key] || number <= seen.last[key];
    seen.inside[key] = true;
    seen.running++;
    if (seen.running > seen.most)
        seen.most = seen.running;
    jn_cond_broadcast(&seen.moved);
    while (seen.most < seen.wanted)
        jn_cond_wait(&seen.moved, &seen.mutex);
    jn_mutex_unlock(&seen.mutex);
}

/* A handler that jangle_close cuts short is called again. */
static void end_message(int key, int64_t number, bool is_handled)
{
    jn_mutex_lock(&seen.mutex);
    seen.inside[key] = false;
    seen.last[key] = number;
    seen.running--;
    seen.handled += is_handled;
    jn_cond_broadcast(&seen.moved);
    jn_mutex_unlock(&seen.mutex);
}

/* It puts as many coins into a purse of this program. */
static enum jangle_result count_message(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;
    int key = (int)strtol(event->received->key, NULL, 10);
    enum jangle_result result;

    assert_in_range(key, 0, KEYS - 1);
    begin_message(key, coins->amount);
    result = jangle_delivery_send(delivery, put_in, .purse_id = event->received->key,
                                  .amount = 1);
    end_message(key, coins->amount, result == JANGLE_OK);
    return result;
}

static void wait_for(int handled)
{
    jn_mutex_lock(&seen.mutex);
    while (seen.handled < handled)
        jn_cond_wait(&seen.moved, &seen.mutex);
    jn_mutex_unlock(&seen.mutex);
}

/* ---- the program ----------------------------------------------------------------- */

static const struct jangle_consumer watch = {
    .name = "watch",
    .threads = THREADS,
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = count_message}),
};

/* With the system's clock, because threads wait by it. */
static int begin(void **state)
{
    static const struct jangle_clock system_clock;

    (void)state;
    memset(&seen, 0, sizeof seen);
    if (jn_mutex_init(&seen.mutex) || jn_cond_init(&seen.moved))
        return -1;
    neighbours_init(&both, true);
    both.taker.config.host.clock = system_clock;
    both.taker.config.aggregates = purse_aggregates;
    consume_with(&both.taker, &watch);
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    world_close(&both.taker);
    both.taker.config.workers = 2;
    world_open(&both.taker, NULL);
    stranger_init(&stranger, &both);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&both);
    jn_cond_finish(&seen.moved);
    jn_mutex_finish(&seen.mutex);
    return 0;
}

static void send_all(int from, int to)
{
    for (int i = from; i < to; i++) {
        char key[8], data[64];

        snprintf(key, sizeof key, "%d", i % KEYS);
        snprintf(data, sizeof data, "{\"amount\":%d,\"total\":1}", i / KEYS + 1);
        stranger_send(&stranger, "watch",
                      (struct stranger_says){.key = key, .data = data});
    }
}

/* Each command was decided once, whatever was given back in between. */
static void assert_all_there(void)
{
    if (both.taker.jangle)
        world_close(&both.taker);
    both.taker.config.workers = 0;
    world_open(&both.taker, NULL);
    world_poll(&both.taker);
    assert_int_equal(world_stats(&both.taker).position, MESSAGES);
    for (int i = 0; i < KEYS; i++) {
        char purse[8];

        snprintf(purse, sizeof purse, "%d", i);
        assert_int_equal(stored_in(&both.taker, "purse", purse), EACH);
    }
    assert_int_equal(stranger_count(&stranger, "watch"), 0);
    assert_int_equal(stranger_count(&stranger, "watch.dead"), 0);
}

static void keys_stay_in_order_and_others_go_on(void **state)
{
    (void)state;
    seen.wanted = THREADS;
    world_close(&both.taker); /* so that the first batch has messages of all keys */
    send_all(0, MESSAGES);
    world_open(&both.taker, NULL);
    wait_for(MESSAGES);
    assert_all_there();
    assert_int_equal(seen.wrong, 0);
    assert_int_equal(seen.most, THREADS);
    assert_int_equal(seen.handled, MESSAGES);
}

/* What was handled and not settled is known; what was not begun is handled later. */
static void nothing_is_lost_while_the_program_is_closed_and_opened(void **state)
{
    (void)state;
    send_all(0, MESSAGES / 2);
    wait_for(MESSAGES / 8);
    world_close(&both.taker);
    world_open(&both.taker, NULL);
    send_all(MESSAGES / 2, MESSAGES);
    wait_for(MESSAGES / 4);
    jangle_hub_stop(both.hub);
    jangle_hub_start(both.hub);
    wait_for(MESSAGES);
    assert_all_there();
    assert_int_equal(seen.handled, MESSAGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
        TEST(keys_stay_in_order_and_others_go_on),
        TEST(nothing_is_lost_while_the_program_is_closed_and_opened),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
