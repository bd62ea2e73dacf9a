/* doubles.c - a NATS drops a message that it has seen shortly before. It drops what was
 * published again because nobody knew of it, and nothing else: not what is dead a second
 * time, what is put back, what is tried again, nor what a publisher that was reset
 * publishes once more. */
#include "brokers/nats/line.h"

#include <nats/nats.h>

enum { ROUNDS = 3 };

static struct nats_server *server;
static struct jangle_transport *sender, *receiver, *dead;

static int begin(void **state)
{
    const struct jangle_queue letters = {.name = line_queue.dead};

    (void)state;
    sender = line_fresh(nats_server_url(server), NULL);
    receiver = line_open(nats_server_url(server), NULL);
    dead = line_open(nats_server_url(server), NULL);
    line_attach(receiver, &line_queue);
    line_attach(dead, &letters);
    return 0;
}

static int end(void **state)
{
    (void)state;
    line_close(sender);
    line_close(receiver);
    line_close(dead);
    return 0;
}

static void assert_body(const struct jangle_parcel *parcel, const char *body)
{
    assert_int_equal(parcel->body_size, strlen(body));
    assert_memory_equal(parcel->body, body, strlen(body));
}

static void publish(const char *id, const char *body)
{
    assert_result(line_publish(sender, id, body, strlen(body), 10000, NULL), JANGLE_OK);
}

static void put_back(const struct jangle_parcel *letter)
{
    struct jangle_parcel parcel = *letter;

    parcel.topic = NULL;
    parcel.queue = line_queue.name;
    parcel.attempt = 1;
    parcel.must_be_queued = true;
    assert_result(sender->ops->publish(sender, &parcel, 1, 10000, NULL), JANGLE_OK);
    assert_result(parcel.result, JANGLE_OK);
}

static void what_is_dead_and_put_back_may_be_dead_again(void **state)
{
    struct jangle_parcel parcel, letter;

    (void)state;
    publish("an id", "a body");
    for (int i = 0; i < ROUNDS; i++) {
        parcel = line_receive(receiver);
        assert_body(&parcel, "a body");
        assert_string_equal(parcel.id, "an id");
        assert_result(line_settle(receiver, &parcel, JANGLE_DEAD), JANGLE_OK);
        letter = line_receive(dead);
        assert_body(&letter, "a body");
        put_back(&letter);
        assert_result(line_settle(dead, &letter, JANGLE_TAKEN), JANGLE_OK);
    }
    parcel = line_receive(receiver);
    assert_result(line_settle(receiver, &parcel, JANGLE_TAKEN), JANGLE_OK);
}

static void what_a_reset_publisher_publishes_again_arrives(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct jangle_parcel parcel;

        publish("an id", "a body");
        parcel = line_receive(receiver);
        assert_body(&parcel, "a body");
        assert_result(line_settle(receiver, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
}

/* Attempts that the server has not seen are counted by a copy. */
static void what_is_tried_again_many_times_arrives(void **state)
{
    struct jangle_settlement settlement = {.disposition = JANGLE_AGAIN};
    struct jangle_parcel parcel;

    (void)state;
    publish("an id", "a body");
    for (int i = 0; i < 2 * ROUNDS; i++) {
        parcel = line_receive(receiver);
        assert_int_equal(parcel.attempt, i == 0 ? 1 : 5 * i + 1);
        settlement.parcel = &parcel;
        settlement.attempts = 5 * (i + 1);
        assert_result(receiver->ops->settle(receiver, &settlement, 1, NULL), JANGLE_OK);
        assert_result(settlement.result, JANGLE_OK);
    }
    parcel = line_receive(receiver);
    assert_string_equal(parcel.id, "an id");
    assert_result(line_settle(receiver, &parcel, JANGLE_TAKEN), JANGLE_OK);
}

/* The server had stored it, and was frozen before it could say so. */
static void what_had_no_confirm_and_is_published_again_is_there_once(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    publish("before", "before");
    nats_server_freeze(server);
    assert_result(line_publish(sender, "an id", "once", 4, 300, NULL), JANGLE_TIMEOUT);
    nats_server_thaw(server);
    publish("an id", "once");
    publish("after", "after");
    for (int i = 0; i < 3; i++) {
        parcel = line_receive(receiver);
        assert_body(&parcel, (const char *[]){"before", "once", "after"}[i]);
        assert_result(line_settle(receiver, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_dead_and_put_back_may_be_dead_again,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_a_reset_publisher_publishes_again_arrives,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_is_tried_again_many_times_arrives, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            what_had_no_confirm_and_is_published_again_is_there_once, begin, end),
    };
    int failed;

    server = nats_server_start(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
