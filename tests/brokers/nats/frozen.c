/* frozen.c - NATS stops without a word: each call ends in its time, and what is not known
 * is TIMEOUT. A call that would never end is ended by the test's watchdog. */
#include "brokers/nats/line.h"
#include "support/shard.h"

#include <nats/nats.h>

enum { SHORT_MS = 500 };

static struct nats_server *server;

static enum jangle_result publish(struct jangle_transport *transport, int64_t timeout_ms)
{
    return line_publish(transport, NULL, "body", 4, timeout_ms, NULL);
}

static void publishing_and_receiving_end_in_time(void **state)
{
    struct jangle_transport *transport = line_fresh(nats_server_url(server), NULL);
    struct jangle_parcel *parcels;
    size_t count = 7;

    (void)state;
    line_attach(transport, &line_queue);
    assert_result(publish(transport, LINE_WAIT_MS), JANGLE_OK);
    line_receive(transport);
    nats_server_freeze(server);
    assert_result(publish(transport, SHORT_MS), JANGLE_TIMEOUT);
    assert_result(transport->ops->receive(transport, 1, LINE_BYTES, SHORT_MS, &parcels,
                                          &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 0);
    assert_result(transport->ops->tend(transport, NULL), JANGLE_OK);
    line_close(transport);
    nats_server_thaw(server);
}

/* More than all buffers between us and the server hold. */
static void bodies_that_nobody_reads_end_in_time(void **state)
{
    enum { PARCELS = 64, BODY = 900 << 10 };
    static char body[BODY];
    struct jangle_transport *transport = line_fresh(nats_server_url(server), NULL);
    struct jangle_parcel parcels[PARCELS];

    (void)state;
    for (size_t i = 0; i < PARCELS; i++)
        parcels[i] = (struct jangle_parcel){
            .topic = "orders", .route = "placed", .body = body, .body_size = BODY};
    nats_server_freeze(server);
    assert_true(transport->ops->publish(transport, parcels, PARCELS, SHORT_MS, NULL) !=
                JANGLE_OK);
    assert_result(parcels[0].result, JANGLE_TIMEOUT);
    assert_result(parcels[PARCELS - 1].result, JANGLE_BUSY);
    nats_server_thaw(server);
    line_close(transport);
}

static void settling_ends_in_time(void **state)
{
    struct jangle_transport *transport = line_fresh(nats_server_url(server), NULL);
    struct jangle_parcel parcel, second;

    (void)state;
    line_attach(transport, &line_queue);
    assert_result(publish(transport, LINE_WAIT_MS), JANGLE_OK);
    assert_result(publish(transport, LINE_WAIT_MS), JANGLE_OK);
    parcel = line_receive(transport);
    second = line_receive(transport);
    nats_server_freeze(server);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_BUSY);
    assert_true(line_settle(transport, &second, JANGLE_DEAD) != JANGLE_OK);
    nats_server_thaw(server);
    line_close(transport);
}

static void asking_and_connecting_end_in_time(void **state)
{
    struct jangle_transport *transport = line_fresh(nats_server_url(server), NULL);
    struct jangle_error error = {0};
    int64_t count;

    (void)state;
    nats_server_freeze(server);
    assert_result(transport->ops->declare_queue(transport, &line_queue, NULL),
                  JANGLE_BUSY);
    assert_result(transport->ops->count(transport, line_queue.name, &count, &error),
                  JANGLE_BUSY);
    assert_non_null(strstr(error.message, "127.0.0.1"));
    nats_server_thaw(server);
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishing_and_receiving_end_in_time),
        cmocka_unit_test(bodies_that_nobody_reads_end_in_time),
        cmocka_unit_test(settling_ends_in_time),
        cmocka_unit_test(asking_and_connecting_end_in_time)};
    int failed;

    server = nats_server_start(NULL);
    failed = SHARD_RUN(tests);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
