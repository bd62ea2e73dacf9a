/* rows.c - several rows for one message that is handled on receipt; what its
 * handlers post and send; and programs that have other rows when it comes again. */
#include "support/domains/mailer.h"

#include <stdlib.h>
#include <string.h>

/* ---- tables ---------------------------------------------------------------------- */

struct coins_noted {
    int64_t amount;
};
static JANGLE_EVENT(coins_noted, amount);

/* The taker has purses of its own, so a stored message has another name there. */
struct coins_heard {
    int64_t amount;
};
static JANGLE_EVENT(coins_heard, amount);

static enum jangle_result to_command(struct jangle_translation *translation,
                                     const struct jangle_event *event)
{
    const struct coins_heard *coins = event->data;

    return jangle_translate(translation, put_in, .purse_id = "p",
                            .amount = coins->amount);
}

static enum jangle_result to_event(struct jangle_translation *translation,
                                   const struct jangle_event *event)
{
    const struct coins_heard *coins = event->data;

    return jangle_translate(translation, coins_noted, .amount = coins->amount + 1);
}

static enum jangle_result to_nothing(struct jangle_translation *translation,
                                     const struct jangle_event *event)
{
    (void)translation, (void)event;
    return JANGLE_OK;
}

/* Its event is translated, and has no check left to pass. */
static enum jangle_result see_translated(struct jangle_delivery *delivery,
                                         const struct jangle_event *event)
{
    assert_ptr_equal(event->type, &coins_noted);
    assert_int_equal(((const struct coins_noted *)event->data)->amount, 6);
    return mailer_mail(delivery, event);
}

static enum jangle_result see_any(struct jangle_delivery *delivery,
                                  const struct jangle_event *event)
{
    const struct jangle_any *any = event->data;

    assert_string_equal(any->type, "coins_put_in");
    assert_string_equal(any->data.text, "{\"amount\":5,\"total\":5}");
    return mailer_mail(delivery, event);
}

#define MESSAGE .type = &coins_heard, .as = "coins_put_in"
#define STORE                                                                            \
    {                                                                                    \
        MESSAGE                                                                          \
    }
#define SEND                                                                             \
    {                                                                                    \
        MESSAGE, .translate = to_command                                                 \
    }
#define MAIL                                                                             \
    {                                                                                    \
        MESSAGE, .handle = mailer_mail                                                   \
    }
#define NOTE                                                                             \
    {                                                                                    \
        MESSAGE, .handle = mailer_note                                                   \
    }
#define ROWS(...)                                                                        \
    {                                                                                    \
        .name = "watch", .routes = JANGLE_ROUTES(__VA_ARGS__)                            \
    }
#define RETRY .retry = {.max_attempts = 3, .first_delay_ms = 4000, .max_delay_ms = 4000}
#define HANDLES(...)                                                                     \
    {                                                                                    \
        .name = "watch", RETRY, .routes = JANGLE_ROUTES(__VA_ARGS__)                     \
    }

static const struct jangle_consumer both_handle = HANDLES(NOTE, MAIL);
static const struct jangle_consumer mail_first = HANDLES(MAIL, NOTE);
static const struct jangle_consumer all_kinds = HANDLES(MAIL, STORE, NOTE, SEND);
static const struct jangle_consumer translated =
    HANDLES({MESSAGE, .translate = to_event, .handle = see_translated},
            {MESSAGE, .translate = to_nothing, .handle = mailer_note});
static const struct jangle_consumer any_type =
    HANDLES({.type = &jangle_any, .handle = see_any});
static const struct jangle_consumer into_command =
    HANDLES({MESSAGE, .translate = to_command, .handle = mailer_mail});

static void begin(const struct jangle_consumer *consumer)
{
    mailer_begin(&mailer_watch);
    mailer_neighbours.taker.config.aggregates = purse_aggregates;
    mailer_restart(consumer);
}

static struct world *taker(void)
{
    return &mailer_neighbours.taker;
}

static int64_t stored(void)
{
    return stored_in(taker(), "watch", "k");
}

static int64_t decided(void)
{
    return stored_in(taker(), "purse", "p");
}

/* ---- several rows ---------------------------------------------------------------- */

static void all_handlers_are_called_again_together(void **state)
{
    (void)state;
    begin(&both_handle);
    mailer.failures = 1;
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "note a1 mail a1 ");
    mailer_pass(4000);
    assert_string_equal(mailer_tells(), "note a2 mail a2 ");
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(mailer_figures().handled, 1);
    assert_int_equal(mailer_figures().failed, 1);
    mailer_end();
}

static void one_that_fails_keeps_no_other_from_being_called(void **state)
{
    (void)state;
    begin(&mail_first);
    mailer.failures = 3;
    mailer.refuses = true;
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 note a1 ");
    stranger_expect_dead(&mailer_stranger, "watch", "a will never be mailed");
    mailer_end();
}

/* What is stored and sent is so at once, and once, however often the handlers fail. */
static void every_row_does_its_part(void **state)
{
    (void)state;
    begin(&all_kinds);
    mailer.failures = 2;
    mailer_send_and_poll("a");
    assert_int_equal(stored(), 1);
    assert_int_equal(decided(), 1);
    assert_int_equal(mailer_figures().taken, 0);
    mailer_pass(4000);
    mailer_pass(4000);
    assert_string_equal(mailer_tells(),
                        "mail a1 note a1 mail a2 note a2 mail a3 note a3 ");
    assert_int_equal(mailer_figures().taken, 1);
    mailer_send_and_poll("a");
    assert_int_equal(mailer_figures().repeated, 1);
    assert_int_equal(stored(), 1);
    assert_int_equal(decided(), 1);
    mailer_end();
}

/* The order of a key holds for what is stored, although a handler failed. */
static void what_is_stored_keeps_its_order(void **state)
{
    (void)state;
    begin(&all_kinds);
    mailer.failures = 1;
    mailer_send("a");
    mailer_send_and_poll("b");
    assert_int_equal(stored(), 2);
    assert_string_equal(mailer_tells(), "mail a1 note a1 mail b1 note b1 ");
    mailer_pass(4000);
    assert_string_equal(mailer_tells(), "mail a2 note a2 ");
    assert_int_equal(stored(), 2);
    mailer_end();
}

static void a_handler_gets_the_translated_message(void **state)
{
    (void)state;
    begin(&translated);
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    mailer_restart(&any_type);
    mailer_send_and_poll("b");
    assert_string_equal(mailer_tells(), "mail b1 ");
    assert_int_equal(mailer_figures().handled, 1);
    mailer_end();
}

static void a_handler_gets_no_command(void **state)
{
    (void)state;
    begin(&into_command);
    mailer_send_and_poll("a");
    stranger_expect_dead(
        &mailer_stranger, "watch",
        "it was translated into put_in, which is no event, for a row with a handle");
    assert_string_equal(mailer_tells(), "");
    mailer_end();
}

/* ---- what a handler posts and sends ---------------------------------------------- */

static const struct jangle_publisher to_post = {
    .name = "post",
    .queue = "post",
    .routes = JANGLE_ROUTES({.type = &put_in}, {.type = &coins_noted}),
};

static enum jangle_result post_two(struct jangle_delivery *delivery,
                                   const struct jangle_event *event)
{
    (void)event;
    assert_result(
        jangle_delivery_post(delivery, &to_post, put_in, .purse_id = "p", .amount = 1),
        JANGLE_OK);
    assert_result(jangle_delivery_post(delivery, &to_post, put_in, .purse_id = "p"),
                  JANGLE_INVALID);
    assert_string_equal(delivery->outcome.error.message,
                        "put_in.amount: 0 is not in 1..1000000");
    return jangle_delivery_post(delivery, &to_post, coins_noted, .amount = 2);
}

/* The posts of an attempt that failed are not there. */
static void what_it_posts_is_stored_with_the_message(void **state)
{
    (void)state;
    begin(&both_handle);
    publish_with(taker(), &to_post);
    mailer_restart(&both_handle);
    mailer.act = post_two;
    mailer.failures = 2;
    mailer_send_and_poll("a");
    mailer_pass(4000);
    assert_int_equal(stored_in(taker(), "post", "p"), 0);
    mailer_pass(4000);
    assert_int_equal(stored_in(taker(), "post", "p"), 1);
    assert_int_equal(world_stats(taker()).position, 2);
    mailer_send_and_poll("a");
    mailer_restart(&both_handle);
    mailer_send_and_poll("a");
    assert_int_equal(world_stats(taker()).position, 2);
    assert_int_equal(mailer_figures().repeated, 1);
    mailer_end();
}

static enum jangle_result send_two(struct jangle_delivery *delivery,
                                   const struct jangle_event *event)
{
    enum jangle_result result;

    result = jangle_delivery_send(delivery, put_in, .purse_id = "p", .amount = 3);
    assert_result(result, JANGLE_OK);
    assert_string_equal(delivery->outcome.reply, strcmp(event->id, "a") ? "6" : "3");
    assert_int_equal(delivery->outcome.repeated, delivery->attempt > 1);
    result = jangle_delivery_send(delivery, take_out, .purse_id = "p", .amount = 9);
    assert_result(result, JANGLE_REJECTED); /* an answer, and no failure */
    assert_result(jangle_send(delivery->jangle, NULL, look_in, .purse_id = "p"),
                  JANGLE_OK);
    return JANGLE_OK;
}

static void what_it_sends_is_decided_once(void **state)
{
    (void)state;
    begin(&both_handle);
    mailer.act = send_two;
    mailer.failures = 2;
    mailer_send_and_poll("a");
    mailer_pass(4000);
    mailer_pass(4000);
    assert_string_equal(mailer_tells(),
                        "note a1 mail a1 note a2 mail a2 note a3 mail a3 ");
    assert_int_equal(decided(), 1);
    mailer_send_and_poll("b"); /* its command is another one */
    assert_int_equal(decided(), 2);
    mailer_end();
}

/* ---- other rows, when the message comes again ------------------------------------ */

static const struct jangle_consumer tables[] = {
    HANDLES(MAIL), HANDLES(MAIL, STORE), HANDLES(STORE, SEND, MAIL), HANDLES(SEND, MAIL),
    ROWS(STORE),   ROWS(SEND),           ROWS(STORE, SEND),          ROWS(SEND, STORE),
};
enum { TABLE_COUNT = sizeof tables / sizeof *tables };

static bool stores(size_t table)
{
    return table != 0 && table != 3 && table != 5;
}

static bool sends(size_t table)
{
    return table == 2 || table == 3 || table >= 5;
}

/* Once the message is done, nothing is done again. */
static void with_other_rows_nothing_is_done_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        begin(&tables[i]);
        mailer_send_and_poll("a");
        assert_string_equal(mailer_tells(), i < 4 ? "mail a1 " : "");
        for (size_t j = 0; j < TABLE_COUNT; j++) {
            mailer_restart(&tables[j]);
            mailer_send_and_poll("a");
            assert_int_equal(mailer_figures().repeated, 1);
        }
        assert_string_equal(mailer_tells(), "");
        assert_int_equal(stored(), stores(i));
        assert_int_equal(decided(), sends(i));
        mailer_end();
    }
}

/* Nor while its handlers have failed, so that the program has done only the rest of it:
 * whatever rows the program gets then. */
static void nor_when_its_handlers_were_taken_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLE_COUNT / 2; i++)
        for (size_t j = 0; j < TABLE_COUNT; j++) {
            begin(&tables[i]);
            mailer.failures = 1;
            mailer_send_and_poll("a");
            mailer_restart(&tables[j]);
            mailer_pass(4000);
            mailer_pass(4000);
            assert_int_equal(stranger_count(&mailer_stranger, "watch"), 0);
            assert_int_equal(mailer_figures().dead, 0);
            assert_int_equal(stored(), stores(i) || stores(j));
            assert_int_equal(decided(), sends(i) || sends(j));
            mailer_end();
        }
}

/* The same if the message was given back before its handlers were called. */
static enum jangle_result stop_taker(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)event;
    jangle_stop(delivery->jangle);
    return JANGLE_OK;
}

static void nor_when_they_were_never_called(void **state)
{
    int64_t done;

    (void)state;
    begin(&tables[1]);
    mailer.act = stop_taker;
    mailer_send("a");
    mailer_send("b");
    assert_result(jangle_poll(taker()->jangle, &done, NULL), JANGLE_OK);
    assert_string_equal(mailer_tells(), "mail a1 ");
    mailer_restart(&tables[4]);
    assert_int_equal(stranger_count(&mailer_stranger, "watch"), 0);
    assert_int_equal(stored(), 2);
    mailer_end();
}

static const struct jangle_consumer renamed = {
    .name = "look",
    .formerly = "watch",
    .queue = "watch",
    .routes = JANGLE_ROUTES(MAIL),
};

/* A consumer that gets another name is known by its first one. */
static void under_another_name_it_is_not_called_again(void **state)
{
    (void)state;
    begin(&tables[0]);
    mailer_send_and_poll("a");
    mailer_tells();
    mailer_restart(&renamed);
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "");
    mailer_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_handlers_are_called_again_together),
        cmocka_unit_test(one_that_fails_keeps_no_other_from_being_called),
        cmocka_unit_test(every_row_does_its_part),
        cmocka_unit_test(what_is_stored_keeps_its_order),
        cmocka_unit_test(a_handler_gets_the_translated_message),
        cmocka_unit_test(a_handler_gets_no_command),
        cmocka_unit_test(what_it_posts_is_stored_with_the_message),
        cmocka_unit_test(what_it_sends_is_decided_once),
        cmocka_unit_test(with_other_rows_nothing_is_done_twice),
        cmocka_unit_test(nor_when_its_handlers_were_taken_out),
        cmocka_unit_test(nor_when_they_were_never_called),
        cmocka_unit_test(under_another_name_it_is_not_called_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
