/* handle.c - messages that are handled on receipt: how often a handler is called, when it
 * is called again, and what becomes of the message in the end. */
#include "support/domains/mailer.h"

#include <string.h>

#define QUEUE "watch"

static int open_watch(void **state)
{
    (void)state;
    mailer_begin(&mailer_watch);
    return 0;
}

static int close_watch(void **state)
{
    (void)state;
    mailer_end();
    return 0;
}

static struct jangle *taker(void)
{
    return mailer_neighbours.taker.jangle;
}

static int64_t waiting(const char *queue)
{
    return stranger_count(&mailer_stranger, queue);
}

/* ---- once ------------------------------------------------------------------------ */

static enum jangle_result look(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    assert_ptr_equal(event->type, &coins_put_in);
    assert_int_equal(coins->amount, 5);
    assert_int_equal(event->position, 0);
    assert_string_equal(event->aggregate_id, "7");
    assert_string_equal(event->received->consumer, "watch");
    assert_string_equal(event->received->source, "/stranger");
    assert_string_equal(event->received->key, "k");
    assert_int_equal(event->received->attempt, 1);
    assert_ptr_equal(delivery->jangle, taker());
    assert_ptr_equal(delivery->program, &mailer);
    assert_null(delivery->context);
    assert_null(delivery->view);
    assert_false(delivery->replaying);
    assert_int_equal(strncmp(delivery->key, "watch/", 6), 0);
    assert_string_equal(jangle_text(event->arena, "%d", 7), "7");
    return JANGLE_OK;
}

static void a_message_is_handled_and_not_stored(void **state)
{
    (void)state;
    mailer_neighbours.taker.config.context = &mailer;
    mailer_restart(&mailer_watch);
    mailer.act = look;
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(world_stats(&mailer_neighbours.taker).position, 0);
    assert_int_equal(mailer_figures().taken, 1);
    assert_int_equal(mailer_figures().handled, 1);
    assert_int_equal(mailer_figures().failed, 0);
    assert_int_equal(waiting(QUEUE), 0);
}

/* It comes again, at once and after a restart, and twice in one delivery. */
static void once_remembered_it_is_not_called_again(void **state)
{
    (void)state;
    mailer_send("a");
    mailer_send("a");
    mailer_send_and_poll("b");
    assert_string_equal(mailer_tells(), "mail a1 mail b1 ");
    mailer_send_and_poll("a");
    mailer_restart(&mailer_watch);
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(mailer_figures().repeated, 1);
    assert_int_equal(mailer_figures().handled, 0);
}

/* An id that came before with other contents is an error of its sender's. */
static void an_id_with_other_contents_is_not_handled(void **state)
{
    (void)state;
    mailer_send_and_poll("a");
    stranger_send(
        &mailer_stranger, QUEUE,
        (struct stranger_says){.id = "a", .data = "{\"amount\":6,\"total\":6}"});
    world_poll(&mailer_neighbours.taker);
    assert_string_equal(mailer_tells(), "mail a1 ");
    stranger_expect_dead(&mailer_stranger, QUEUE,
                         "the message a of /stranger was received before with other "
                         "contents");
}

/* ---- again ----------------------------------------------------------------------- */

static void two_retries_are_three_calls(void **state)
{
    (void)state;
    mailer.failures = -1;
    mailer_send_and_poll("a");
    for (int i = 0; i < 10; i++)
        mailer_pass(4000);
    assert_string_equal(mailer_tells(), "mail a1 mail a2 mail a3 ");
    stranger_expect_dead_after(&mailer_stranger, QUEUE, "a cannot be mailed now", "3");
    assert_int_equal(mailer_figures().again, 2);
    assert_int_equal(mailer_figures().dead, 1);
    assert_int_equal(mailer_figures().failed, 3);
    assert_int_equal(mailer_figures().handled, 0);
    assert_int_equal(waiting(QUEUE), 0);
}

static const struct jangle_consumer hasty_watch = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = mailer_mail}),
    .retry = {.max_attempts = 1},
};

static void without_retries_there_is_one_call(void **state)
{
    (void)state;
    mailer_restart(&hasty_watch);
    mailer.failures = -1;
    mailer_send_and_poll("a");
    mailer_pass(60000);
    assert_string_equal(mailer_tells(), "mail a1 ");
    stranger_expect_dead(&mailer_stranger, QUEUE, "a cannot be mailed now");
}

static enum jangle_result stop_hub(struct jangle_delivery *delivery,
                                   const struct jangle_event *event)
{
    (void)delivery, (void)event;
    jangle_hub_stop(mailer_neighbours.hub);
    return JANGLE_OK;
}

/* The broker does not hear that the message is dead, so it comes again. */
static void the_last_attempt_is_the_last_also_if_the_broker_goes_away(void **state)
{
    (void)state;
    mailer_restart(&hasty_watch);
    mailer.failures = -1;
    mailer.act = stop_hub;
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    jangle_hub_start(mailer_neighbours.hub);
    mailer_pass(60000);
    assert_string_equal(mailer_tells(), "");
    stranger_expect_dead(&mailer_stranger, QUEUE, "a cannot be mailed now");
}

static void a_later_attempt_may_succeed(void **state)
{
    (void)state;
    mailer.failures = 2;
    mailer_send_and_poll("a");
    for (int i = 0; i < 10; i++)
        mailer_pass(4000);
    assert_string_equal(mailer_tells(), "mail a1 mail a2 mail a3 ");
    mailer_send_and_poll("a"); /* it is remembered */
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(mailer_figures().handled, 1);
    assert_int_equal(waiting(QUEUE ".dead"), 0);
}

static void the_delay_that_is_asked_for_is_kept(void **state)
{
    (void)state;
    mailer.failures = 1;
    mailer.retry_in_ms = 60000;
    mailer_send_and_poll("a");
    mailer_pass(59999);
    assert_string_equal(mailer_tells(), "mail a1 ");
    mailer_pass(1);
    assert_string_equal(mailer_tells(), "mail a2 ");
}

/* The delay is drawn, up to the bound of the consumer's own `retry`. */
static void the_delay_is_at_most_the_bound(void **state)
{
    (void)state;
    mailer.failures = -1;
    for (int i = 0; i < 20; i++) {
        char id[16];

        snprintf(id, sizeof id, "m%d-", i);
        mailer_send_and_poll(id);
    }
    mailer_tells();
    mailer_pass(4000);
    assert_int_equal(mailer_figures().failed, 40);
}

static void others_go_on_meanwhile(void **state)
{
    (void)state;
    mailer.failures = 1;
    mailer_send("a");
    mailer_send_and_poll("b");
    assert_string_equal(mailer_tells(), "mail a1 mail b1 ");
    mailer_pass(4000);
    assert_string_equal(mailer_tells(), "mail a2 ");
}

static void a_refusal_is_a_dead_letter_at_once(void **state)
{
    (void)state;
    mailer.failures = 1;
    mailer.refuses = true;
    mailer_send_and_poll("a");
    stranger_expect_dead(&mailer_stranger, QUEUE, "a will never be mailed");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(mailer_figures().failed, 1);
    mailer_send_and_poll("a"); /* put back, it is handled: a refusal is not remembered */
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(mailer_figures().handled, 1);
}

/* Their reason may be the mail server: so the consumer is not suspended for them. */
static void many_dead_letters_suspend_nothing(void **state)
{
    (void)state;
    mailer.failures = 20;
    mailer.refuses = true;
    for (int i = 0; i < 21; i++) {
        char id[16];

        snprintf(id, sizeof id, "%c-", 'a' + i);
        mailer_send(id);
    }
    world_poll(&mailer_neighbours.taker);
    assert_int_equal(mailer_figures().dead, 20);
    assert_int_equal(mailer_figures().handled, 1);
    assert_string_equal(mailer_figures().reason, "");
}

static void a_failure_of_jangle_or_its_store_does_not_count(void **state)
{
    static const enum jangle_result ours[] = {JANGLE_CLOSED, JANGLE_BUSY, JANGLE_STORAGE,
                                              JANGLE_UNKNOWN, JANGLE_NO_MEMORY};

    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        char id[16], told[160];

        snprintf(id, sizeof id, "%zu-", i);
        mailer.failures = 5; /* and it has three attempts */
        mailer.result = ours[i];
        mailer_send_and_poll(id);
        for (int n = 0; n < 10; n++)
            mailer_pass(4000);
        assert_int_equal(mailer_figures().handled, i + 1);
        snprintf(told, sizeof told,
                 "mail %s1 mail %s1 mail %s1 mail %s1 mail %s1 mail %s1 ", id, id, id, id,
                 id, id);
        assert_string_equal(mailer_tells(), told);
        assert_int_equal(mailer_figures().again, 5 * (i + 1));
    }
    assert_int_equal(mailer_figures().failed, 0);
    assert_int_equal(mailer_figures().dead, 0);
}

/* ---- in a handler ---------------------------------------------------------------- */

static enum jangle_result try_to_wait(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    struct jangle *jangle = delivery->jangle;
    struct jangle_parcel parcel = {.body = "", .body_size = 0};
    int64_t done;

    (void)event;
    assert_result(jangle_poll(jangle, &done, NULL), JANGLE_BUSY);
    assert_result(jangle_drain(jangle, 0, NULL, NULL), JANGLE_BUSY);
    assert_result(jangle_declare(jangle, NULL, NULL), JANGLE_BUSY);
    assert_result(jangle_deliver(jangle, "watch", &parcel, NULL), JANGLE_BUSY);
    assert_result(jangle_close(jangle, -1), JANGLE_BUSY);
    return JANGLE_OK;
}

static void a_handler_cannot_wait_for_itself(void **state)
{
    (void)state;
    mailer.act = try_to_wait;
    mailer_send_and_poll("a");
    assert_int_equal(mailer_figures().handled, 1);
}

static enum jangle_result hide_a_failure(struct jangle_delivery *delivery,
                                         const struct jangle_event *event)
{
    (void)event;
    if (delivery->attempt == 1)
        jangle_delivery_fail(delivery, JANGLE_RETRY, "not now");
    return JANGLE_OK;
}

static void a_failure_cannot_be_hidden(void **state)
{
    (void)state;
    mailer.act = hide_a_failure;
    mailer_send_and_poll("a");
    assert_int_equal(mailer_figures().failed, 1);
    mailer_pass(4000);
    assert_int_equal(mailer_figures().handled, 1);
    assert_string_equal(mailer_tells(), "mail a1 mail a2 ");
}

/* ---- pause and stop -------------------------------------------------------------- */

static enum jangle_result pause_watch(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    (void)event;
    return jangle_pause(delivery->jangle, "watch", "Ann", "no ink", NULL);
}

static void a_pause_gives_back_what_is_not_begun(void **state)
{
    (void)state;
    mailer.act = pause_watch;
    mailer_send("a");
    mailer_send("b");
    mailer_send_and_poll("c");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(mailer_figures().handled, 1);
    assert_int_equal(waiting(QUEUE), 2);
    mailer.act = NULL;
    assert_result(jangle_resume(taker(), "watch", NULL), JANGLE_OK);
    world_poll(&mailer_neighbours.taker);
    assert_string_equal(mailer_tells(), "mail b1 mail c1 ");
}

static enum jangle_result stop_taker(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)event;
    jangle_stop(delivery->jangle);
    return JANGLE_OK;
}

static void a_stop_gives_back_what_is_not_begun(void **state)
{
    int64_t done;

    (void)state;
    mailer.act = stop_taker;
    mailer_send("a");
    mailer_send("b");
    assert_result(jangle_poll(taker(), &done, NULL), JANGLE_OK);
    assert_string_equal(mailer_tells(), "mail a1 ");
    mailer.act = NULL;
    mailer_restart(&mailer_watch);
    assert_string_equal(mailer_tells(), "mail b1 ");
    assert_int_equal(waiting(QUEUE), 0);
}

/* ---- another way ----------------------------------------------------------------- */

static const char body[] =
    "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"web\","
    "\"type\":\"coins_put_in\",\"data\":{\"amount\":5,\"total\":5}}";
static const struct jangle_parcel by_hand = {
    .content_type = "application/cloudevents+json",
    .body = body,
    .body_size = sizeof body - 1,
};

static enum jangle_result deliver(void)
{
    return jangle_deliver(taker(), "watch", &by_hand, &mailer_neighbours.taker.error);
}

static void what_is_delivered_is_handled_at_once(void **state)
{
    (void)state;
    assert_result(deliver(), JANGLE_OK);
    assert_result(deliver(), JANGLE_OK);
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(mailer_figures().handled, 1);
    assert_int_equal(mailer_figures().repeated, 1);
}

/* Whoever brings it counts nothing, so its attempts are counted here. */
static void what_is_delivered_has_its_attempts_too(void **state)
{
    (void)state;
    mailer.failures = 4;
    mailer.result = JANGLE_INVALID;
    assert_result(deliver(), JANGLE_RETRY);
    assert_result(deliver(), JANGLE_RETRY);
    assert_string_equal(mailer_neighbours.taker.error.message, "a cannot be mailed now");
    assert_result(deliver(), JANGLE_INVALID);
    mailer.result = JANGLE_BUSY;
    assert_result(deliver(), JANGLE_BUSY);
    assert_result(deliver(), JANGLE_OK);
    assert_string_equal(mailer_tells(), "mail a1 mail a2 mail a3 mail a1 mail a1 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, open_watch, close_watch)
        TEST(a_message_is_handled_and_not_stored),
        TEST(once_remembered_it_is_not_called_again),
        TEST(an_id_with_other_contents_is_not_handled),
        TEST(two_retries_are_three_calls),
        TEST(without_retries_there_is_one_call),
        TEST(the_last_attempt_is_the_last_also_if_the_broker_goes_away),
        TEST(a_later_attempt_may_succeed),
        TEST(the_delay_that_is_asked_for_is_kept),
        TEST(the_delay_is_at_most_the_bound),
        TEST(others_go_on_meanwhile),
        TEST(a_refusal_is_a_dead_letter_at_once),
        TEST(many_dead_letters_suspend_nothing),
        TEST(a_failure_of_jangle_or_its_store_does_not_count),
        TEST(a_handler_cannot_wait_for_itself),
        TEST(a_failure_cannot_be_hidden),
        TEST(a_pause_gives_back_what_is_not_begun),
        TEST(a_stop_gives_back_what_is_not_begun),
        TEST(what_is_delivered_is_handled_at_once),
        TEST(what_is_delivered_has_its_attempts_too),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
