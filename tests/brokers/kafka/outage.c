/* outage.c - the broker is away, or refuses requests: what is confirmed is there once and
 * in order, and closing never waits for it. */
#include "brokers/kafka/line.h"

#include "brokers/server_process.h"

enum { PRODUCE = 0, FETCH = 1 }; /* requests of Kafka's protocol */

static int set_up(void **state)
{
    (void)state;
    mock_start();
    if (!mock_is_used())
        server_skip("the broker is not the mock, and cannot be stopped here");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mock_stop();
    return 0;
}

static void order_is_kept_over_an_outage(void **state)
{
    struct line line = line_open();
    struct jangle_parcel parcel = {.topic = line_queue.topic, .key = "k"};
    char log[400];

    (void)state;
    line_publish(line.sender, "k", 1, 500);
    line_take(line.reader, 1, 200, log);
    mock_go_down(NULL);
    assert_int_not_equal(line.sender->ops->publish(line.sender, &parcel, 1, 1000, NULL),
                         JANGLE_OK);
    mock_come_up(NULL);
    line_take(line.reader, 201, 300, log);
    line_close(&line);
}

/* Errors after which a producer sends again: nothing is doubled, and nothing overtakes.
 */
static void injected_errors_double_and_reorder_nothing(void **state)
{
    struct line line = line_open();
    char log[400];

    (void)state;
    for (int i = 0; i < 10; i++) {
        rd_kafka_mock_push_request_errors(mock_cluster(), PRODUCE, 3,
                                          RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                          RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                          RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
        line_publish(line.sender, "k", 1 + 50 * i, 50);
    }
    rd_kafka_mock_push_request_errors(mock_cluster(), FETCH, 2,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR__TRANSPORT);
    line_take(line.reader, 1, 500, log);
    line_close(&line);
}

/* The broker refuses all of them for good. */
static void what_is_refused_is_not_called_confirmed(void **state)
{
    struct line line = line_open();
    struct jangle_parcel parcels[3] = {{0}};
    struct jangle_error error = {0};
    char log[400];

    (void)state;
    for (int i = 0; i < 3; i++)
        parcels[i] = (struct jangle_parcel){
            .topic = line_queue.topic, .key = "k", .body = "x", .body_size = 1};
    rd_kafka_mock_push_request_errors(mock_cluster(), PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_result(
        line.sender->ops->publish(line.sender, parcels, 3, LINE_WAIT_MS, &error),
        JANGLE_TIMEOUT);
    assert_non_null(strstr(error.message, "orders"));
    assert_result(parcels[0].result, JANGLE_TIMEOUT);
    line_publish(line.sender, "k", 1, 5);
    line_take(line.reader, 1, 5, log);
    line_close(&line);
}

/* The watchdog ends the program if one of them waits without end. */
static void close_waits_for_nobody(void **state)
{
    struct line line = line_open();
    struct jangle_parcel *parcels;
    struct jangle_parcel late = {.topic = line_queue.topic, .body = "x", .body_size = 1};
    size_t count;

    (void)state;
    line_publish(line.sender, "k", 1, 100);
    do
        assert_result(line.reader->ops->receive(line.reader, 50, LINE_BYTES, 200,
                                                &parcels, &count, NULL),
                      JANGLE_OK);
    while (!count); /* which are never settled */
    line.sender->ops->publish(line.sender, &late, 1, 0, NULL);
    mock_go_down(NULL);
    line_close(&line);
    mock_come_up(NULL);
    line = line_open();
    mock_go_down(NULL);
    line_close(&line);
    mock_come_up(NULL);
}

/* Nobody listens at that port, so nothing is ever connected. */
static void a_transport_that_never_connected_closes(void **state)
{
    static const struct jangle_host host = {0};
    static const struct jangle_kafka_options options = {.connect_ms = 500};
    struct jangle_transport *transport =
        open_transport(jangle_kafka("kafka://127.0.0.1:1", &options), &host, "early");

    (void)state;
    assert_result(transport->ops->declare_topic(transport, "orders", NULL), JANGLE_BUSY);
    assert_result(transport->ops->attach(transport, &line_queue, NULL, 0, NULL),
                  JANGLE_BUSY);
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(order_is_kept_over_an_outage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(injected_errors_double_and_reorder_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_refused_is_not_called_confirmed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(close_waits_for_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_transport_that_never_connected_closes, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
