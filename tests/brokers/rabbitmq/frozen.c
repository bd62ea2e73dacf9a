/* frozen.c - RabbitMQ stops without a word: each call ends in its time, and what
 * is not known is TIMEOUT. A call that would never end is ended by the test's watchdog.
 */
#include "brokers/rabbitmq/line.h"

#include <stdlib.h>

static struct rabbitmq_server *server;

enum { SHORT_MS = 500 };

static void publishing_and_receiving_end_in_time(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel *parcels;
    size_t count = 7;

    (void)state;
    line_attach(transport);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    line_receive(transport);
    rabbitmq_server_freeze(server);
    assert_result(line_publish(transport, "orders", "two", SHORT_MS, NULL),
                  JANGLE_TIMEOUT);
    assert_result(transport->ops->receive(transport, 1, LINE_BYTES, SHORT_MS, &parcels,
                                          &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 0);
    assert_result(transport->ops->tend(transport, NULL), JANGLE_OK);
    line_close(transport);
    rabbitmq_server_thaw(server);
}

/* More than all buffers between us and the broker hold, and no heartbeat helps. */
static void a_body_that_nobody_reads_ends_in_time(void **state)
{
    enum { PARCELS = 4, BODY = 12 << 20 };
    const struct jangle_rabbitmq_options options = {.heartbeat_ms = 3600000};
    struct jangle_transport *transport =
        line_open_url(rabbitmq_server_url(server), &options);
    struct jangle_parcel parcels[PARCELS];
    char *body = calloc(1, BODY);

    (void)state;
    for (size_t i = 0; i < PARCELS; i++)
        parcels[i] = (struct jangle_parcel){
            .topic = "orders", .route = "placed", .body = body, .body_size = BODY};
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    rabbitmq_server_freeze(server);
    assert_true(transport->ops->publish(transport, parcels, PARCELS, SHORT_MS, NULL) !=
                JANGLE_OK);
    assert_result(parcels[0].result, JANGLE_TIMEOUT);
    assert_result(parcels[PARCELS - 1].result, JANGLE_BUSY);
    rabbitmq_server_thaw(server);
    line_close(transport);
    free(body);
}

static void settling_ends_in_time(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_parcel parcel, second;

    (void)state;
    line_attach(transport);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_result(line_publish(transport, "orders", "two", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    parcel = line_receive(transport);
    second = line_receive(transport);
    rabbitmq_server_freeze(server);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_true(line_settle(transport, &second, JANGLE_DEAD) != JANGLE_OK);
    rabbitmq_server_thaw(server);
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishing_and_receiving_end_in_time),
        cmocka_unit_test(a_body_that_nobody_reads_ends_in_time),
        cmocka_unit_test(settling_ends_in_time)};
    int failed;

    server = rabbitmq_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
