/* logs.c - messages of a log are handled on receipt: the offset passes a message
 * when it is remembered that its handler has succeeded, or when the broker has the copy
 * of one that failed. */
#include "support/domains/log_reader.h"

#include <string.h>

static char told[200];          /* "1 2 " for the calls of messages 1 and 2 */
static const char *fails_for;   /* the id of a message, or NULL */
static const char *stops_after; /* the hub is stopped in the call of that message */

static enum jangle_result handle_coins(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    const char *id = event->received->id;
    size_t size = strlen(told);

    snprintf(told + size, sizeof told - size, "%s ", id);
    if (stops_after && !strcmp(id, stops_after))
        jangle_hub_stop(reader.both.hub);
    return fails_for && !strcmp(id, fails_for)
               ? jangle_delivery_fail(delivery, JANGLE_RETRY, "not %s", id)
               : JANGLE_OK;
}

#define WATCH(attempts)                                                                  \
    {                                                                                    \
        .name = "watch",                                                                 \
        .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = handle_coins}),        \
        .retry = {                                                                       \
            .max_attempts = attempts, .first_delay_ms = 1000, .max_delay_ms = 1000},     \
    }

static const struct jangle_consumer patient = WATCH(2);
static const struct jangle_consumer hasty = WATCH(1);

static void reopen(void)
{
    world_open(&reader.both.taker, NULL);
    neighbours_poll(&reader.both);
}

static void open_with(const struct jangle_consumer *consumer)
{
    told[0] = '\0';
    fails_for = stops_after = NULL;
    log_reader_open_all(true);
    world_close(&reader.both.taker);
    consume_with(&reader.both.taker, consumer);
    reopen();
}

static int open_patient(void **state)
{
    (void)state;
    open_with(&patient);
    return 0;
}

static int open_hasty(void **state)
{
    (void)state;
    open_with(&hasty);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    log_reader_close_all();
    return 0;
}

static void send_three(void)
{
    log_reader_send_good("1");
    log_reader_send_good("2");
    log_reader_send_good("3");
    neighbours_poll(&reader.both);
}

static void start_hub_and_wait(void)
{
    jangle_hub_start(reader.both.hub);
    for (int i = 0; i < 60; i++) {
        neighbours_pass(&reader.both, 1000);
        neighbours_poll(&reader.both);
    }
}

static void the_offset_passes_what_is_handled(void **state)
{
    (void)state;
    send_three();
    assert_string_equal(told, "1 2 3 ");
    assert_int_equal(log_reader_offset(), 4);
    world_close(&reader.both.taker);
    reopen();
    assert_string_equal(told, "1 2 3 ");
    assert_int_equal(log_reader_figures().received, 0);
}

/* Its copy is the fourth message of the log. */
static void the_offset_passes_what_failed_when_it_is_copied(void **state)
{
    (void)state;
    fails_for = "2";
    send_three();
    assert_string_equal(told, "1 2 3 ");
    assert_int_equal(log_reader_offset(), 4);
    fails_for = NULL;
    start_hub_and_wait();
    assert_string_equal(told, "1 2 3 2 ");
    assert_int_equal(log_reader_offset(), 5);
}

/* What is remembered is passed in the same commit, so it does not even come again. */
static void what_is_remembered_does_not_come_again(void **state)
{
    (void)state;
    stops_after = "2";
    send_three();
    assert_int_equal(log_reader_offset(), 4);
    world_close(&reader.both.taker);
    jangle_hub_start(reader.both.hub);
    reopen();
    assert_string_equal(told, "1 2 3 ");
    assert_int_equal(log_reader_figures().received, 0);
}

/* The offset stays before a message of which the broker has no copy yet, although a later
 * one is handled. That one is known when it comes again, and the first is not handled
 * again, because it had its last attempt. */
static void the_offset_waits_for_the_copy_of_a_dead_letter(void **state)
{
    (void)state;
    fails_for = stops_after = "2";
    send_three();
    assert_string_equal(told, "1 2 3 ");
    assert_int_equal(log_reader_offset(), 2);
    fails_for = stops_after = NULL;
    start_hub_and_wait();
    assert_string_equal(told, "1 2 3 ");
    assert_int_equal(log_reader_count_dead(), 1);
    assert_int_equal(log_reader_offset(), 4);
    assert_int_equal(log_reader_figures().repeated, 1);
}

#define TEST(test, open) cmocka_unit_test_setup_teardown(test, open, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_offset_passes_what_is_handled, open_patient),
        TEST(the_offset_passes_what_failed_when_it_is_copied, open_patient),
        TEST(what_is_remembered_does_not_come_again, open_patient),
        TEST(the_offset_waits_for_the_copy_of_a_dead_letter, open_hasty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
