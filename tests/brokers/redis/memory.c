/* memory.c - memory runs out at each allocation of a transport in turn: each call says
 * so, nothing leaks, and no parcel is lost. */
#include "brokers/redis/line.h"
#include "support/failing_allocator.h"

static struct redis_server *server;
static struct failing_allocator memory;

/* What became of the parcels, as far as the transport has said. */
static struct {
    int64_t published, gone;
} known;

static bool is_allowed(enum jangle_result result)
{
    return result == JANGLE_OK || result == JANGLE_NO_MEMORY || result == JANGLE_CONFLICT;
}

static void publish(struct jangle_transport *transport)
{
    struct jangle_error error = {0};
    enum jangle_result result = line_publish(transport, "one", LINE_WAIT_MS, &error);

    if (!is_allowed(result))
        fail_msg("publish: %s", error.message);
    known.published += result == JANGLE_OK;
}

static void receive_and_settle(struct jangle_transport *transport,
                               enum jangle_disposition disposition)
{
    struct jangle_settlement settlement = {.disposition = disposition};
    struct jangle_parcel *parcels;
    struct jangle_error error = {0};
    size_t count = 0;
    enum jangle_result result =
        transport->ops->receive(transport, 1, LINE_BYTES, 0, &parcels, &count, &error);

    if (!is_allowed(result))
        fail_msg("receive: %s", error.message);
    if (count == 0)
        return;
    settlement.parcel = parcels;
    result = transport->ops->settle(transport, &settlement, 1, &error);
    assert_true(is_allowed(result) && is_allowed(settlement.result));
    known.gone += settlement.result == JANGLE_OK && disposition == JANGLE_TAKEN;
}

/* False: no allocation failed. */
static bool live(void)
{
    static struct jangle_host host;
    struct jangle_broker broker = jangle_redis(redis_server_url(server), NULL);
    struct jangle_transport *transport = NULL;
    enum jangle_result result;

    host.allocator = memory.allocator;
    result = broker.open(&broker, &host, "test", &transport, NULL);
    assert_true(is_allowed(result));
    if (!transport)
        return true;
    result = transport->ops->declare_queue(transport, &line_queue, NULL);
    assert_true(is_allowed(result));
    result = transport->ops->attach(transport, &line_queue, NULL, 0, NULL);
    assert_true(is_allowed(result));
    publish(transport);
    publish(transport);
    receive_and_settle(transport, JANGLE_TAKEN);
    receive_and_settle(transport, JANGLE_AGAIN);
    result = transport->ops->tend(transport, NULL);
    assert_true(is_allowed(result) || result == JANGLE_BUSY);
    receive_and_settle(transport, JANGLE_DEAD);
    line_close(transport);
    return memory.failed > 0;
}

/* What close could not give back comes when it is seen that the connection has ended. */
static int64_t count_all(void)
{
    struct jangle_transport *watcher = line_open(server);
    struct jangle_parcel parcel;
    int64_t count = line_count(watcher, line_queue.dead);

    line_attach(watcher);
    for (int i = 0; i < 10; i++)
        while (line_receive_once(watcher, 300, &parcel))
            count++;
    line_close(watcher);
    return count;
}

static void nothing_is_lost_when_memory_runs_out(void **state)
{
    int64_t rounds = 0;

    (void)state;
    line_close(line_fresh(server));
    failing_allocator_init(&memory, 0);
    for (bool failed = true; failed; rounds++) {
        failing_allocator_arm(&memory, rounds + 1);
        failed = live();
        assert_int_equal(memory.pieces, 0);
    }
    assert_true(rounds > 20);
    assert_int_equal(count_all(), known.published - known.gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_when_memory_runs_out)};
    int failed;

    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
