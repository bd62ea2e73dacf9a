/* memory.c - each allocation of a transport fails in turn: what cannot be done is
 * NO_MEMORY or tried again, nothing is lost, and nothing is left when it is closed. */
#include "brokers/nats/line.h"
#include "support/failing_allocator.h"

#include <nats/nats.h>

enum { WAIT_MS = 300, MOST = 500 };

static struct nats_server *server;
static struct failing_allocator memory;
static struct jangle_host host;

static struct jangle_transport *open_failing(void)
{
    struct jangle_broker broker = jangle_nats(nats_server_url(server), NULL);
    struct jangle_transport *transport = NULL;
    enum jangle_result result = broker.open(&broker, &host, "test", &transport, NULL);

    assert_true(transport ? !result : result == JANGLE_NO_MEMORY);
    return transport;
}

static void settle_one(struct jangle_transport *transport,
                       const struct jangle_parcel *parcel,
                       enum jangle_disposition disposition)
{
    struct jangle_settlement settlement = {.parcel = parcel,
                                           .disposition = disposition,
                                           .attempts = 5,
                                           .reason = "a reason"};
    enum jangle_result result = transport->ops->settle(transport, &settlement, 1, NULL);

    assert_true(!settlement.result || memory.failed);
    assert_true(!result || settlement.result);
}

static void receive_one(struct jangle_transport *transport,
                        enum jangle_disposition disposition)
{
    struct jangle_parcel *parcels;
    size_t count;
    enum jangle_result result = transport->ops->receive(transport, 1, LINE_BYTES, WAIT_MS,
                                                        &parcels, &count, NULL);

    assert_true(!result || memory.failed);
    assert_true(count == 1 || memory.failed);
    if (count)
        settle_one(transport, &parcels[0], disposition);
}

static void pass_one(struct jangle_transport *transport)
{
    static const struct jangle_header headers[] = {{"one", " 1 "}, {"two", "2"}};
    struct jangle_parcel parcel = {.topic = "orders",
                                   .route = "placed",
                                   .id = "an id",
                                   .key = "a key",
                                   .headers = headers,
                                   .header_count = 2,
                                   .body = "body",
                                   .body_size = 4};
    enum jangle_result result =
        transport->ops->declare_queue(transport, &line_queue, NULL);

    assert_true(!result || memory.failed);
    if (transport->ops->attach(transport, &line_queue, NULL, 0, NULL))
        assert_true(memory.failed);
    transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL);
    assert_true(!parcel.result || memory.failed);
    receive_one(transport, JANGLE_AGAIN);
    receive_one(transport, JANGLE_DEAD);
}

/* False when nothing had to fail any more. */
static bool live_with(int64_t fail_at)
{
    struct jangle_transport *transport;

    failing_allocator_arm(&memory, fail_at);
    transport = open_failing();
    if (transport) {
        pass_one(transport);
        transport->ops->close(transport);
    }
    assert_int_equal(memory.pieces, 0);
    return memory.failed;
}

static void each_allocation_fails_in_turn(void **state)
{
    struct jangle_transport *line = line_fresh(nats_server_url(server), NULL);
    int64_t at = 1;

    (void)state;
    failing_allocator_init(&memory, 0);
    host.allocator = memory.allocator;
    while (at < MOST && live_with(at)) {
        assert_result(line->ops->purge(line, line_queue.name, NULL), JANGLE_OK);
        at++;
    }
    assert_true(at > 20 && at < MOST);
    line_close(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_in_turn)};
    int failed;

    server = nats_server_start(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
