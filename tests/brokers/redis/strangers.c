/* strangers.c - others use the same Redis: they publish entries of their own making, read
 * topics by groups of their own, and take away what transports need. */
#include "brokers/redis/line.h"

#include <stdio.h>

static struct redis_server *server;

/* ---- entries of others ---------------------------------------------------------------
 */

static void add(const char *fields)
{
    char command[256];

    snprintf(command, sizeof command, "XADD jangle:topic:orders * %s", fields);
    assert_true(*redis_server_ask(server, command) != '\0');
    assert_null(strstr(redis_server_ask(server, "PING"), "ERR"));
}

/* Fields that are not ours are headers, in lower case. */
static void an_entry_of_others_is_taken_as_it_is(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel;

    (void)state;
    line_attach(transport);
    add("Event OrderPlaced header:X-Who me payload {}");
    parcel = line_receive(transport);
    assert_int_equal(parcel.body_size, 0);
    assert_string_equal(line_header(&parcel, "event"), "OrderPlaced");
    assert_string_equal(line_header(&parcel, "x-who"), "me");
    assert_string_equal(line_header(&parcel, "payload"), "{}");
    assert_null(parcel.key);
    assert_null(parcel.route);
    assert_int_equal(parcel.attempt, 1);
    assert_non_null(strstr(parcel.id, "jangle:topic:orders/"));
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    line_close(transport);
}

static void fields_that_make_no_sense_do_no_harm(void **state)
{
    static const char *const entries[] = {
        "attempt -7 body a",       "attempt 99999999999999999999 body a",
        "attempt x body a",        "attempt nan body a",
        "attempt 7x body a",       "body a body b",
        "header: nameless body a", "key one key two body a",
    };
    const struct jangle_queue dead = {.name = line_queue.dead};
    struct jangle_transport *transport = line_fresh(server);

    (void)state;
    line_attach(transport);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        struct jangle_parcel parcel;

        add(entries[i]);
        parcel = line_receive(transport);
        assert_int_equal(parcel.attempt, 1);
        assert_int_equal(parcel.header_count, 0);
        line_assert_body(&parcel, "a");
        assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_OK);
    }
    assert_result(transport->ops->attach(transport, &dead, NULL, 0, NULL), JANGLE_OK);
    assert_int_equal(line_count(transport, line_queue.dead),
                     (int64_t)(sizeof entries / sizeof *entries));
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        struct jangle_parcel parcel = line_receive(transport);

        assert_string_equal(line_header(&parcel, "jangle-attempts"), "1");
    }
    line_close(transport);
}

/* A copy has the id of what it is a copy of. */
static void an_id_that_was_not_sent_lasts(void **state)
{
    static const enum jangle_disposition dispositions[] = {JANGLE_AGAIN, JANGLE_AGAIN,
                                                           JANGLE_DEAD};
    const struct jangle_queue dead = {.name = line_queue.dead};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel;
    char id[128];

    (void)state;
    line_attach(transport);
    add("body a");
    for (int i = 0; i < 3; i++) {
        parcel = line_receive(transport);
        assert_int_equal(parcel.attempt, i + 1);
        assert_string_equal(parcel.topic, "orders");
        if (i > 0)
            assert_string_equal(parcel.id, id);
        snprintf(id, sizeof id, "%s", parcel.id);
        assert_result(line_settle(transport, &parcel, dispositions[i]), JANGLE_OK);
    }
    assert_result(transport->ops->attach(transport, &dead, NULL, 0, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_string_equal(parcel.id, id);
    assert_string_equal(line_header(&parcel, "jangle-attempts"), "3");
    line_close(transport);
}

/* More fields than a call can have words: the copy loses its last ones. */
static void an_entry_of_thousands_of_fields_can_die(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel;

    (void)state;
    line_attach(transport);
    redis_server_ask(
        server,
        "EVAL local\tf={'body','a'}\tfor\ti=1,7000\tdo\tf[#f+1]='n'..i\tend\t"
        "redis.call('XADD','jangle:topic:orders','*',unpack(f)) 0");
    parcel = line_receive(transport);
    line_assert_body(&parcel, "a");
    assert_int_equal(parcel.header_count, 3500);
    assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_OK);
    assert_int_equal(line_count(transport, line_queue.dead), 1);
    line_close(transport);
}

/* ---- groups of others ----------------------------------------------------------------
 */

static void a_group_of_others_keeps_a_topic(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_error error = {0};
    struct jangle_parcel parcel = {.topic = "orders", .must_be_queued = true};

    (void)state;
    assert_result(transport->ops->remove_queue(transport, &line_queue, NULL), JANGLE_OK);
    assert_result(transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_result(parcel.result, JANGLE_NOT_FOUND);
    redis_server_ask(server, "XGROUP CREATE jangle:topic:orders auditors $");
    assert_result(transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_result(parcel.result, JANGLE_OK);
    assert_result(transport->ops->remove_topic(transport, "orders", &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "auditors"));
    redis_server_ask(server, "XGROUP DESTROY jangle:topic:orders auditors");
    assert_result(transport->ops->remove_topic(transport, "orders", NULL), JANGLE_OK);
    line_close(transport);
}

/* What a group of others has not read is not trimmed. */
static void a_group_of_others_keeps_its_entries(void **state)
{
    struct jangle_transport *transport = line_fresh(server);

    (void)state;
    line_attach(transport);
    redis_server_ask(server, "XGROUP CREATE jangle:topic:orders auditors $");
    for (int i = 0; i < 5; i++) {
        struct jangle_parcel parcel;

        assert_result(line_publish(transport, "a", LINE_WAIT_MS, NULL), JANGLE_OK);
        parcel = line_receive(transport);
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    assert_string_equal(redis_server_ask(server, "XLEN jangle:topic:orders"), "5");
    redis_server_ask(server, "XGROUP DESTROY jangle:topic:orders auditors");
    line_close(transport);
}

/* ---- what others take away -----------------------------------------------------------
 */

static void scripts_that_were_forgotten_are_sent_again(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel;

    (void)state;
    line_attach(transport);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(redis_server_ask(server, "SCRIPT FLUSH"), "OK");
        assert_result(line_publish(transport, "a", LINE_WAIT_MS, NULL), JANGLE_OK);
        parcel = line_receive(transport);
        assert_string_equal(redis_server_ask(server, "SCRIPT FLUSH"), "OK");
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    assert_int_equal(line_count(transport, line_queue.name), 0);
    line_close(transport);
}

static void an_entry_that_was_deleted_is_in_conflict(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel, next;

    (void)state;
    line_attach(transport);
    assert_result(line_publish(transport, "a", LINE_WAIT_MS, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    redis_server_ask(server, "XTRIM jangle:topic:orders MAXLEN 0");
    assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_CONFLICT);
    assert_result(line_publish(transport, "b", LINE_WAIT_MS, NULL), JANGLE_OK);
    next = line_receive(transport);
    line_assert_body(&next, "b");
    line_close(transport);
}

static void a_damaged_queue_does_not_hinder_others(void **state)
{
    const struct jangle_queue hasty = {
        .name = "hasty", .dead = line_queue.dead, .expire_ms = 1};
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel;

    (void)state;
    assert_result(transport->ops->declare_queue(transport, &hasty, NULL), JANGLE_OK);
    redis_server_ask(server, "XGROUP DESTROY jangle:queue:hasty hasty");
    line_attach(transport);
    assert_result(line_publish(transport, "a", LINE_WAIT_MS, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    line_assert_body(&parcel, "a");
    assert_result(transport->ops->remove_queue(transport, &hasty, NULL), JANGLE_OK);
    line_close(transport);
}

/* What somebody has removed is there again when it is declared again. */
static void a_group_that_was_removed_is_declared_again(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel *parcels, parcel;
    size_t count;

    (void)state;
    line_attach(transport);
    redis_server_ask(server, "DEL jangle:topic:orders jangle:queue:orders-queue");
    assert_result(
        transport->ops->receive(transport, 1, LINE_BYTES, 0, &parcels, &count, NULL),
        JANGLE_BUSY);
    assert_result(transport->ops->declare_topic(transport, "orders", NULL), JANGLE_OK);
    assert_result(transport->ops->declare_queue(transport, &line_queue, NULL), JANGLE_OK);
    assert_result(line_publish(transport, "a", LINE_WAIT_MS, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    line_assert_body(&parcel, "a");
    line_close(transport);
}

static void a_key_that_is_no_stream_is_no_topic(void **state)
{
    struct jangle_transport *transport = line_open(server);
    struct jangle_error error = {0};

    (void)state;
    redis_server_ask(server, "SET jangle:topic:text value");
    assert_result(transport->ops->declare_topic(transport, "text", &error),
                  JANGLE_INVALID);
    assert_non_null(strstr(error.message, "text"));
    assert_string_equal(redis_server_ask(server, "GET jangle:topic:text"), "value");
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_of_others_is_taken_as_it_is),
        cmocka_unit_test(fields_that_make_no_sense_do_no_harm),
        cmocka_unit_test(an_id_that_was_not_sent_lasts),
        cmocka_unit_test(an_entry_of_thousands_of_fields_can_die),
        cmocka_unit_test(a_group_of_others_keeps_a_topic),
        cmocka_unit_test(a_group_of_others_keeps_its_entries),
        cmocka_unit_test(scripts_that_were_forgotten_are_sent_again),
        cmocka_unit_test(an_entry_that_was_deleted_is_in_conflict),
        cmocka_unit_test(a_damaged_queue_does_not_hinder_others),
        cmocka_unit_test(a_group_that_was_removed_is_declared_again),
        cmocka_unit_test(a_key_that_is_no_stream_is_no_topic)};
    int failed;

    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
