/* frozen.c - Redis stops without a word: each call ends in its time, and what is not
 * known is TIMEOUT. A call that would never end is ended by the test's watchdog. */
#include "brokers/redis/line.h"

#include <stdlib.h>

enum { SHORT_MS = 300 };

static struct redis_server *server;

static void a_publisher_does_not_know(void **state)
{
    struct jangle_transport *transport = line_fresh(server);

    (void)state;
    assert_result(line_publish(transport, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    redis_server_freeze(server);
    assert_result(line_publish(transport, "two", SHORT_MS, NULL), JANGLE_TIMEOUT);
    redis_server_thaw(server);
    assert_result(line_publish(transport, "three", LINE_WAIT_MS, NULL), JANGLE_OK);
    line_close(transport);
}

/* More than all buffers between us and Redis hold: then it has not got all of it. */
static void what_is_not_read_is_not_published(void **state)
{
    enum { BODY = 64 << 20 };
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel = {
        .topic = "orders", .body = calloc(1, BODY), .body_size = BODY};

    (void)state;
    assert_non_null(parcel.body);
    assert_result(line_publish(transport, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    redis_server_freeze(server);
    assert_result(transport->ops->publish(transport, &parcel, 1, SHORT_MS, NULL),
                  JANGLE_BUSY);
    assert_result(parcel.result, JANGLE_BUSY);
    redis_server_thaw(server);
    assert_int_equal(line_count(transport, line_queue.name), 1);
    line_close(transport);
    free((void *)(uintptr_t)parcel.body);
}

static void a_receiver_is_busy_and_gets_all_later(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel first, second;
    struct jangle_parcel *parcels;
    size_t count = 7;

    (void)state;
    line_attach(transport);
    assert_result(line_publish(transport, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    assert_result(line_publish(transport, "two", LINE_WAIT_MS, NULL), JANGLE_OK);
    first = line_receive(transport);
    redis_server_freeze(server);
    assert_result(transport->ops->receive(transport, 1, LINE_BYTES, SHORT_MS, &parcels,
                                          &count, NULL),
                  JANGLE_BUSY);
    assert_int_equal(count, 0);
    redis_server_thaw(server);
    second = line_receive(transport);
    line_assert_body(&second, "one");
    assert_result(line_settle(transport, &first, JANGLE_TAKEN), JANGLE_CONFLICT);
    assert_result(line_settle(transport, &second, JANGLE_TAKEN), JANGLE_OK);
    second = line_receive(transport);
    line_assert_body(&second, "two");
    line_close(transport);
}

static void settling_and_tending_end_in_time(void **state)
{
    static const struct jangle_redis_options options = {.lease_ms = 1000};
    struct jangle_transport *transport =
        line_open_url(redis_server_url(server), &options);
    struct jangle_parcel parcel;
    enum jangle_result result;

    (void)state;
    line_declare(transport);
    line_attach(transport);
    assert_result(line_publish(transport, "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    redis_server_freeze(server);
    do
        result = transport->ops->tend(transport, NULL);
    while (result == JANGLE_OK); /* until the lease is to be prolonged */
    assert_result(result, JANGLE_BUSY);
    assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_CONFLICT);
    line_close(transport);
    redis_server_thaw(server);
}

static int64_t stand_still(void *context)
{
    (void)context;
    return 1;
}

/* By a clock that stands still no time is ever over: only the wake can end the call. */
static void a_wake_ends_a_receive_that_gets_no_answer(void **state)
{
    static const struct jangle_host host = {.clock.monotonic_us = stand_still};
    struct jangle_broker broker = jangle_redis(redis_server_url(server), NULL);
    struct jangle_transport *transport = NULL;
    struct jangle_parcel *parcels;
    size_t count;

    (void)state;
    line_close(line_fresh(server));
    assert_result(broker.open(&broker, &host, "test", &transport, NULL), JANGLE_OK);
    line_attach(transport);
    redis_server_freeze(server);
    transport->ops->wake(transport);
    assert_result(transport->ops->receive(transport, 1, LINE_BYTES, LINE_WAIT_MS,
                                          &parcels, &count, NULL),
                  JANGLE_BUSY);
    redis_server_thaw(server);
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_publisher_does_not_know),
        cmocka_unit_test(what_is_not_read_is_not_published),
        cmocka_unit_test(a_receiver_is_busy_and_gets_all_later),
        cmocka_unit_test(settling_and_tending_end_in_time),
        cmocka_unit_test(a_wake_ends_a_receive_that_gets_no_answer)};
    int failed;

    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
