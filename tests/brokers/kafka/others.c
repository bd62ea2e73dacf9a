/* others.c - messages of other programs, and what others see of ours: keys, headers and
 * bodies of any bytes, a message without a route, a message that waits for no others, and
 * how far a group is told to be. */
#include "brokers/kafka/line.h"

#include <stdlib.h>

static struct line line;

static int set_up(void **state)
{
    (void)state;
    mock_start();
    line = line_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    line_close(&line);
    mock_stop();
    return 0;
}

/* A client of another program. */
static rd_kafka_t *open_stranger(rd_kafka_type_t type)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *stranger;
    char why[256];

    rd_kafka_conf_set(conf, "bootstrap.servers", strstr(mock_url(), "://") + 3, why,
                      sizeof why);
    rd_kafka_conf_set(conf, "group.id", "stranger", why, sizeof why);
    stranger = rd_kafka_new(type, conf, why, sizeof why);
    assert_non_null(stranger);
    return stranger;
}

static void send_foreign(rd_kafka_headers_t *headers, const char *key, const char *body)
{
    rd_kafka_t *stranger = open_stranger(RD_KAFKA_PRODUCER);
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = line_queue.topic},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {(void *)(uintptr_t)key, key ? strlen(key) : 0}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {(void *)(uintptr_t)body, body ? strlen(body) : 0}},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
    };

    assert_null(rd_kafka_produceva(stranger, parts, sizeof parts / sizeof *parts));
    assert_int_equal(rd_kafka_flush(stranger, LINE_WAIT_MS), 0);
    rd_kafka_destroy(stranger);
}

static struct jangle_parcel receive_foreign(struct jangle_transport *reader)
{
    struct jangle_parcel *parcels;
    size_t count;

    do
        assert_result(
            reader->ops->receive(reader, 1, LINE_BYTES, 200, &parcels, &count, NULL),
            JANGLE_OK);
    while (!count);
    return parcels[0];
}

static void headers_of_others_are_texts_in_lower_case(void **state)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    struct jangle_parcel parcel;

    (void)state;
    rd_kafka_header_add(headers, "Trace-ID", -1, "abc", -1);
    rd_kafka_header_add(headers, "CE_Type", -1, "coins", -1);
    rd_kafka_header_add(headers, "bytes", -1, "a\0b", 3);
    rd_kafka_header_add(headers, "nothing", -1, NULL, 0);
    rd_kafka_header_add(headers, "content-type", -1, "text/plain", -1);
    rd_kafka_header_add(headers, "jangle-attempt", -1, "many", -1);
    send_foreign(headers, "k", "body");
    parcel = receive_foreign(line.reader);
    assert_int_equal(parcel.header_count, 2);
    assert_string_equal(header_of(&parcel, "trace-id"), "abc");
    assert_string_equal(header_of(&parcel, "ce-type"), "coins");
    assert_string_equal(parcel.content_type, "text/plain");
    assert_int_equal(parcel.attempt, 1);
    take(line.reader, &parcel);
}

/* What Kafka calls a tombstone. */
static void a_message_without_key_and_body_is_received(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    send_foreign(rd_kafka_headers_new(1), NULL, NULL);
    parcel = receive_foreign(line.reader);
    assert_null(parcel.key);
    assert_int_equal(parcel.body_size, 0);
    take(line.reader, &parcel);
}

/* Nobody can say that it is not wanted. */
static void a_message_without_a_route_is_received_by_every_queue(void **state)
{
    static const char *const routes[] = {"thing.done", NULL};
    struct jangle_queue some = line_queue;
    struct jangle_parcel parcel;

    (void)state;
    some.routes = routes;
    assert_result(line.reader->ops->attach(line.reader, &some, NULL, 0, NULL), JANGLE_OK);
    publish_to(line.sender, line_queue.topic, "thing.undone", "k", "1");
    send_foreign(rd_kafka_headers_new(1), "k", "2");
    parcel = receive_foreign(line.reader);
    assert_memory_equal(parcel.body, "2", 1);
    take(line.reader, &parcel);
}

/* The header of a due time that another program wrote holds nothing up for longer than
 * the topic says. */
static void a_due_time_in_a_thousand_years_is_not_believed(void **state)
{
    static const struct jangle_queue quick = {
        .name = "quick", .retry = "quick.retry", .retry_ms = 50};
    static const struct jangle_header due = {"jangle-due", "33000000000000"};
    struct jangle_parcel parcel;

    (void)state;
    declare_queue(line.sender, &quick);
    assert_result(line.reader->ops->attach(line.reader, &quick, NULL, 0, NULL),
                  JANGLE_OK);
    assert_result(publish_one(line.sender, (struct jangle_parcel){.topic = quick.retry,
                                                                  .headers = &due,
                                                                  .header_count = 1,
                                                                  .body = "1",
                                                                  .body_size = 1}),
                  JANGLE_OK);
    parcel = receive_foreign(line.reader);
    assert_memory_equal(parcel.body, "1", 1);
    take(line.reader, &parcel);
}

/* As a tool that shows how far a group is behind. */
static int64_t told_offset(const char *group)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    rd_kafka_t *tool;
    int64_t sum = 0;
    char why[256];

    rd_kafka_conf_set(conf, "bootstrap.servers", strstr(mock_url(), "://") + 3, why,
                      sizeof why);
    rd_kafka_conf_set(conf, "group.id", group, why, sizeof why);
    tool = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    assert_non_null(tool);
    for (int32_t i = 0; i < MOCK_PARTITIONS; i++)
        rd_kafka_topic_partition_list_add(list, line_queue.topic, i);
    assert_int_equal(rd_kafka_committed(tool, list, LINE_WAIT_MS), 0);
    for (int i = 0; i < list->cnt; i++)
        sum += list->elems[i].offset > 0 ? list->elems[i].offset : 0;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(tool);
    return sum;
}

/* A producer that may wait ten minutes for more messages of a batch sends what there is
 * when a call has no more. */
static void a_message_does_not_wait_for_others(void **state)
{
    static const char *const settings[] = {"linger.ms", "600000", NULL};
    static const struct jangle_kafka_options options = {.settings = settings};
    static const struct jangle_host host = {0};
    struct jangle_transport *sender =
        open_transport(mock_broker(&options), &host, "slow");
    char log[400];

    (void)state;
    line_publish(sender, "k", 1, 3);
    line_take(line.reader, 1, 3, log);
    sender->ops->close(sender);
}

/* What was received and is not settled is not passed. */
static void a_group_is_told_what_is_settled(void **state)
{
    struct jangle_parcel *parcels;
    char log[400];
    size_t count;

    (void)state;
    line_publish(line.sender, "k", 1, 9);
    line_take(line.reader, 1, 4, log);
    do
        assert_result(line.reader->ops->receive(line.reader, 3, LINE_BYTES, 200, &parcels,
                                                &count, NULL),
                      JANGLE_OK);
    while (!count);
    do
        assert_result(line.reader->ops->tend(line.reader, NULL), JANGLE_OK);
    while (told_offset(line_queue.name) < 4);
    assert_int_equal(told_offset(line_queue.name), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(headers_of_others_are_texts_in_lower_case, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_message_without_key_and_body_is_received,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_message_without_a_route_is_received_by_every_queue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_due_time_in_a_thousand_years_is_not_believed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_does_not_wait_for_others, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_group_is_told_what_is_settled, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
