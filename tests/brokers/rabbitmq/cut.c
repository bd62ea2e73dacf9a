/* cut.c - connections that end at a bad moment, and a broker that ends a
 * channel: what was received is in conflict, and comes again. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/relay.h"
#include "brokers/rabbitmq/shared.h"

#include <stdio.h>

static struct rabbitmq_server *server;

static struct jangle_transport *open_by(const struct relay *relay, char url[128])
{
    snprintf(url, 128, "amqp://jangle:%s@127.0.0.1:%d/tests", rabbitmq_server_password,
             relay->port);
    return line_open_url(url, NULL);
}

/* The connection is cut before each of ten acknowledgements: nothing is lost, and each
 * comes until it is acknowledged. */
static void a_connection_cut_before_each_acknowledgement(void **state)
{
    enum { PARCELS = 10 };
    struct jangle_transport *sender = line_fresh(server);
    struct relay relay = relay_start(rabbitmq_server_port(server));
    char url[128];
    struct jangle_transport *receiver = open_by(&relay, url);

    (void)state;
    line_attach(receiver);
    for (int i = 0; i < PARCELS; i++) {
        char body[2] = {(char)('0' + i), '\0'};
        struct jangle_parcel parcel;

        assert_result(line_publish(sender, "orders", body, LINE_WAIT_MS, NULL),
                      JANGLE_OK);
        parcel = line_receive(receiver);
        relay_cut(&relay);
        relay_mend(&relay);
        assert_result(line_settle(receiver, &parcel, JANGLE_TAKEN), JANGLE_CONFLICT);
        parcel = line_receive(receiver);
        assert_memory_equal(parcel.body, body, 1);
        assert_result(line_settle(receiver, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
    line_close(receiver);
    relay_cut(&relay);
    assert_int_equal(line_count(sender, line_queue.name), 0);
    line_close(sender);
}

/* A copy that was made before the connection was cut is there twice, and never missing.
 */
static void a_connection_cut_before_a_copy(void **state)
{
    struct jangle_transport *sender = line_fresh(server);
    struct relay relay = relay_start(rabbitmq_server_port(server));
    char url[128];
    struct jangle_transport *receiver = open_by(&relay, url);
    struct jangle_parcel parcel;

    (void)state;
    line_attach(receiver);
    assert_result(line_publish(sender, "orders", "one", LINE_WAIT_MS, NULL), JANGLE_OK);
    parcel = line_receive(receiver);
    relay_cut(&relay);
    assert_true(line_settle(receiver, &parcel, JANGLE_DEAD) != JANGLE_OK);
    relay_mend(&relay);
    parcel = line_receive(receiver);
    assert_result(line_settle(receiver, &parcel, JANGLE_DEAD), JANGLE_OK);
    assert_int_equal(line_count(sender, line_queue.dead), 1);
    line_close(receiver);
    relay_cut(&relay);
    line_close(sender);
}

static enum jangle_result receive_again(struct jangle_transport *transport,
                                        struct jangle_error *error)
{
    struct jangle_parcel *parcels;
    size_t count = 0;
    enum jangle_result result = transport->ops->receive(
        transport, 1, LINE_BYTES, LINE_WAIT_MS, &parcels, &count, error);

    assert_int_equal(count, 0);
    return result;
}

/* Who holds a parcel for too long loses its channel. */
static void the_broker_ends_the_patience_with_a_consumer(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_error error = {0};
    struct jangle_parcel parcel;

    (void)state;
    assert_true(rabbitmq_server_evaluate(
        server, "application:set_env(rabbit, consumer_timeout, 1000).\n"));
    line_attach(transport);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    parcel = line_receive(transport);
    assert_result(receive_again(transport, &error), JANGLE_BUSY);
    assert_result(error.result, JANGLE_BUSY);
    assert_non_null(strstr(error.message, "PRECONDITION_FAILED"));
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_CONFLICT);
    parcel = line_receive(transport);
    assert_memory_equal(parcel.body, "one", 3);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_true(rabbitmq_server_evaluate(
        server, "application:set_env(rabbit, consumer_timeout, 1800000).\n"));
    line_close(transport);
}

static void a_queue_is_removed_under_a_consumer(void **state)
{
    struct jangle_transport *transport = line_fresh(server);
    struct jangle_transport *other = line_open(server);
    struct jangle_error error = {0};
    struct jangle_parcel parcel;

    (void)state;
    line_attach(transport);
    assert_result(line_publish(transport, "orders", "one", LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    parcel = line_receive(transport);
    assert_result(other->ops->remove_queue(other, &line_queue, NULL), JANGLE_OK);
    assert_result(receive_again(transport, &error), JANGLE_NOT_FOUND);
    assert_result(error.result, JANGLE_NOT_FOUND);
    assert_non_null(strstr(error.message, line_queue.name));
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_CONFLICT);
    assert_result(receive_again(transport, NULL), JANGLE_NOT_FOUND);
    assert_result(other->ops->declare_queue(other, &line_queue, NULL), JANGLE_OK);
    assert_result(line_publish(other, "orders", "two", LINE_WAIT_MS, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_memory_equal(parcel.body, "two", 3);
    line_close(other);
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_cut_before_each_acknowledgement),
        cmocka_unit_test(a_connection_cut_before_a_copy),
        cmocka_unit_test(the_broker_ends_the_patience_with_a_consumer),
        cmocka_unit_test(a_queue_is_removed_under_a_consumer)};
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
