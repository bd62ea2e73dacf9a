/* outage.c - the broker is away, or refuses requests: what is confirmed is there once and
 * in order, and closing never waits for it. */
#include "brokers/kafka/line.h"

#include "brokers/server_process.h"
#include "kafka/kafka.h"

enum { PRODUCE = 0, FETCH = 1, INIT_PRODUCER_ID = 22 }; /* requests of Kafka's protocol */
enum { ERRORS = 40, TRIES = 20, LARGE = 1100000, SLOW_MS = 400, BRIEF_MS = 200 };

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

/* librdkafka goes on behind a message whose checksum is wrong, once it has told us; other
 * errors, such as a right that is missing, it tells once and then tries on in silence. */
static void an_error_of_a_log_is_told_and_skips_nothing(void **state)
{
    struct line line = line_open();
    struct jangle_error error = {0};
    struct jangle_parcel *parcels;
    enum jangle_result result = JANGLE_OK;
    size_t count = 0;
    char log[400];

    (void)state;
    line_publish(line.sender, "k", 1, 9);
    line_take(line.reader, 1, 9, log);
    for (int i = 0; i < ERRORS; i++)
        rd_kafka_mock_push_request_errors(mock_cluster(), FETCH, 1,
                                          RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    for (int i = 0; i < TRIES && !result; i++)
        result = line.reader->ops->receive(line.reader, 1, LINE_BYTES, 200, &parcels,
                                           &count, &error);
    rd_kafka_mock_clear_request_errors(mock_cluster(), FETCH);
    assert_result(result, JANGLE_BUSY);
    if (!strstr(error.message, "uthoriz"))
        fail_msg("\"%s\" does not say that a right is missing", error.message);
    line_publish(line.sender, "k", 10, 9);
    line_take(line.reader, 10, 9, log);
    line_close(&line);
}

/* The broker has refused it while nothing was under way, so nothing of a call fails. */
static void a_producer_that_is_broken_is_replaced(void **state)
{
    static char large[LARGE];
    struct line line = line_open();
    struct jangle_header header = {"h", large};
    struct jangle_parcel too_large = {
        .topic = line_queue.topic, .headers = &header, .header_count = 1};
    struct jangle_parcel parcel = {
        .topic = line_queue.topic, .body = "x", .body_size = 1};
    enum jangle_result result = JANGLE_UNKNOWN;

    (void)state;
    memset(large, 'h', sizeof large - 1);
    rd_kafka_mock_push_request_errors(mock_cluster(), INIT_PRODUCER_ID, 1,
                                      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    line.sender->ops->publish(line.sender, &too_large, 1, LINE_WAIT_MS, NULL);
    for (int i = 0; i < TRIES; i++) /* so that it asks for its number, and is refused */
        mock_count(line_queue.topic);
    for (int i = 0; i < 3 && result; i++)
        result = line.sender->ops->publish(line.sender, &parcel, 1, LINE_WAIT_MS, NULL);
    assert_result(result, JANGLE_OK);
    line_close(&line);
}

/* What was sent without time to wait for its confirm would be sent again and again. */
static void a_broker_that_is_slow_is_not_away(void **state)
{
    struct line line = line_open();
    struct jangle_transport *late = line_transport();
    struct jangle_parcel parcel = {
        .topic = line_queue.topic, .body = "x", .body_size = 1};

    (void)state;
    rd_kafka_mock_broker_set_rtt(mock_cluster(), 1, SLOW_MS);
    assert_result(late->ops->publish(late, &parcel, 1, BRIEF_MS, NULL), JANGLE_BUSY);
    assert_result(parcel.result, JANGLE_BUSY);
    assert_result(late->ops->publish(late, &parcel, 1, LINE_WAIT_MS, NULL), JANGLE_OK);
    rd_kafka_mock_broker_set_rtt(mock_cluster(), 1, 0);
    assert_int_equal(mock_count(line_queue.topic), 1);
    late->ops->close(late);
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

static void receive_nothing(struct jangle_transport *reader)
{
    struct jangle_parcel *parcels;
    size_t count;

    assert_result(reader->ops->receive(reader, 1, LINE_BYTES, 50, &parcels, &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 0);
}

/* Until a group was asked, and asked again, because it has not answered for five seconds.
 */
static void ask_twice(struct jangle_transport *reader)
{
    const struct jn_kafka *kafka = jn_kafka_of(reader);
    int64_t first_us;

    while (!kafka->unanswered)
        receive_nothing(reader);
    first_us = kafka->committed_us;
    while (kafka->committed_us == first_us)
        receive_nothing(reader);
}

static int64_t count_as(struct jangle_transport *transport, enum jangle_result expected)
{
    int64_t count = -1;

    assert_result(transport->ops->count(transport, line_queue.name, &count, NULL),
                  expected);
    return count;
}

/* librdkafka ends the process if a coordinator comes back after a question to it has
 * timed out. So no question times out, and the client that asked is thrown away. */
static void a_coordinator_that_comes_back_ends_no_process(void **state)
{
    static const struct jangle_host host = {0};
    static const struct jangle_kafka_options brief = {.connect_ms = BRIEF_MS};
    struct jangle_transport *other = NULL;
    struct line line;
    char log[400];

    (void)state;
    mock_stop();
    mock_start_coordinator(line_queue.name);
    mock_lead(line_queue.topic);
    mock_lead(line_queue.name);
    line = line_open();
    other = open_transport(mock_broker(&brief), &host, "other");
    declare_queue(other, &line_queue);
    line_publish(line.sender, "k", 1, 9);
    rd_kafka_mock_broker_set_down(mock_cluster(), MOCK_COORDINATOR);
    line_take(line.reader, 1, 9, log);
    count_as(other, JANGLE_BUSY);
    ask_twice(line.reader);
    rd_kafka_mock_broker_set_up(mock_cluster(), MOCK_COORDINATOR);
    while (other->ops->count(other, line_queue.name, &(int64_t){0}, NULL) ||
           count_as(other, JANGLE_OK) > 0)
        receive_nothing(line.reader);
    other->ops->close(other);
    line_close(&line);
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
        cmocka_unit_test_setup_teardown(an_error_of_a_log_is_told_and_skips_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_producer_that_is_broken_is_replaced, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_broker_that_is_slow_is_not_away, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(close_waits_for_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_coordinator_that_comes_back_ends_no_process,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_transport_that_never_connected_closes, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
