/* others.c - programs without jangle, which use NATS as it is: what they publish is
 * received, and what we publish they can read. */
#include "brokers/nats/line.h"

#include "nats/headers.h"
#include "nats/memory.h"

#include <nats/nats.h>

#include <stdio.h>

static struct nats_server *server;
static struct jangle_transport *transport;
static natsConnection *other;
static jsCtx *context;

static int begin(void **state)
{
    (void)state;
    transport = line_fresh(nats_server_url(server), NULL);
    line_attach(transport, &line_queue);
    assert_int_equal(natsConnection_ConnectTo(&other, nats_server_url(server)), NATS_OK);
    assert_int_equal(natsConnection_JetStream(&context, other, NULL), NATS_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    line_close(transport);
    jsCtx_Destroy(context);
    natsConnection_Destroy(other);
    return 0;
}

static void publish_theirs(const char *subject, const char *const headers[][2])
{
    natsMsg *message = NULL;

    assert_int_equal(natsMsg_Create(&message, subject, NULL, "theirs", 6), NATS_OK);
    for (size_t i = 0; headers && headers[i][0]; i++)
        assert_int_equal(natsMsgHeader_Set(message, headers[i][0], headers[i][1]),
                         NATS_OK);
    assert_int_equal(js_PublishMsg(NULL, context, message, NULL, NULL), NATS_OK);
    natsMsg_Destroy(message);
}

static void what_they_publish_is_received(void **state)
{
    static const char *const headers[][2] = {{"Content-Type", "text/plain"},
                                             {"CE-Type", "thing.done"},
                                             {"Nats-Msg-Id", "theirs"},
                                             {"percent", "100%25"},
                                             {NULL, NULL}};
    struct jangle_parcel parcel;

    (void)state;
    publish_theirs("orders.placed.late", headers);
    parcel = line_receive(transport);
    assert_string_equal(parcel.topic, "orders");
    assert_string_equal(parcel.queue, line_queue.name);
    assert_string_equal(parcel.route, "placed.late");
    assert_string_equal(parcel.content_type, "text/plain");
    assert_null(parcel.key);
    assert_int_equal(parcel.body_size, 6);
    assert_int_equal(parcel.header_count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(strcmp(parcel.headers[i].name, "ce-type") == 0 ||
                    strcmp(parcel.headers[i].value, "100%25") == 0);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    publish_theirs("orders-queue-queue", NULL);
    parcel = line_receive(transport);
    assert_null(parcel.topic);
    assert_null(parcel.route);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
}

/* Numbers of a stream that is made again begin at 1, and so the id has its birth. */
static void an_id_is_lasting_and_of_one_stream(void **state)
{
    char first[400], same[400];
    struct jangle_parcel parcel;

    (void)state;
    publish_theirs("orders.placed", NULL);
    parcel = line_receive(transport);
    snprintf(first, sizeof first, "%s", parcel.id);
    assert_result(line_settle(transport, &parcel, JANGLE_AGAIN), JANGLE_OK);
    parcel = line_receive(transport);
    snprintf(same, sizeof same, "%s", parcel.id);
    assert_string_equal(first, same);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    line_close(transport);
    transport = line_fresh(nats_server_url(server), NULL);
    line_attach(transport, &line_queue);
    publish_theirs("orders.placed", NULL);
    parcel = line_receive(transport);
    assert_string_not_equal(parcel.id, first);
}

/* A copy that counts other attempts keeps the id that the broker gave. */
static void an_id_outlives_a_copy(void **state)
{
    struct jangle_settlement settlement = {.disposition = JANGLE_AGAIN, .attempts = 8};
    struct jangle_parcel parcel;
    char first[400];

    (void)state;
    publish_theirs("orders.placed", NULL);
    parcel = line_receive(transport);
    snprintf(first, sizeof first, "%s", parcel.id);
    settlement.parcel = &parcel;
    assert_result(transport->ops->settle(transport, &settlement, 1, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_int_equal(parcel.attempt, 9);
    assert_string_equal(parcel.id, first);
    assert_string_equal(parcel.route, "placed");
}

static void they_read_what_we_publish(void **state)
{
    static const struct jangle_header header = {"ce-type", "thing.done"};
    struct jangle_parcel parcel = {.topic = "orders",
                                   .route = "a b",
                                   .key = "k",
                                   .content_type = "text/plain",
                                   .headers = &header,
                                   .header_count = 1,
                                   .body = "ours",
                                   .body_size = 4};
    natsMsg *message = NULL;
    const char *value = NULL;

    (void)state;
    assert_result(transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    assert_int_equal(
        js_GetLastMsg(&message, context, "orders", "orders.a%20b", NULL, NULL), NATS_OK);
    assert_memory_equal(natsMsg_GetData(message), "ours", 4);
    assert_int_equal(natsMsgHeader_Get(message, "content-type", &value), NATS_OK);
    assert_string_equal(value, "text/plain");
    assert_int_equal(natsMsgHeader_Get(message, "ce-type", &value), NATS_OK);
    assert_string_equal(value, "thing.done");
    natsMsg_Destroy(message);
}

/* ---- streams that would lose something ------------------------------------------- */

static void refuse_stream(jsStreamConfig *config, const char *reason)
{
    const char *subjects[] = {"theirs.>"};
    struct jangle_error error = {0};

    config->Name = "theirs";
    config->Subjects = subjects;
    config->SubjectsLen = 1;
    assert_int_equal(js_AddStream(NULL, context, config, NULL, NULL), NATS_OK);
    assert_result(transport->ops->declare_topic(transport, "theirs", &error),
                  JANGLE_INVALID);
    if (!strstr(error.message, reason))
        fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
    assert_int_equal(js_DeleteStream(context, "theirs", NULL, NULL), NATS_OK);
}

static void a_stream_that_forgets_is_refused(void **state)
{
    jsStreamConfig config;

    (void)state;
    jsStreamConfig_Init(&config);
    config.MaxMsgs = 10;
    refuse_stream(&config, "`discard`");
    jsStreamConfig_Init(&config);
    config.MaxAge = 1000000000;
    refuse_stream(&config, "max age");
    jsStreamConfig_Init(&config);
    config.Storage = js_MemoryStorage;
    refuse_stream(&config, "memory");
}

/* libnats takes userid for user, if one of the two is there already. */
static void names_that_are_alike_keep_their_values(void **state)
{
    static const struct jangle_header headers[] = {
        {"user", "1"},   {"one", "2"},    {"userid", "3"}, {"two", "4"},  {"three", "5"},
        {"fourth", "6"}, {"five", "7"},   {"fourty", ""},  {"six", "9"},  {"four", " 10"},
        {"type", "11"},  {"seven", "12"}, {"typeid", ","}, {"typei", "%"}};
    size_t count = sizeof headers / sizeof *headers;
    struct jangle_parcel parcel = {.topic = "orders",
                                   .route = "placed",
                                   .body = "ours",
                                   .body_size = 4,
                                   .headers = headers,
                                   .header_count = count};

    (void)state;
    assert_result(transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    parcel = line_receive(transport);
    assert_int_equal(parcel.header_count, count);
    for (size_t i = 0; i < count; i++) {
        const char *value = NULL;

        for (size_t k = 0; k < count; k++)
            if (!strcmp(headers[i].name, parcel.headers[k].name))
                value = parcel.headers[k].value;
        assert_non_null(value);
        assert_string_equal(value, headers[i].value);
    }
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
}

/* As libnats has them when a message has come. */
static void their_names_that_are_alike_have_their_values(void **state)
{
    static const char *const names[] = {"a",      "b", "c",    "d",      "e",
                                        "fourth", "g", "four", "fourty", "j"};
    struct jn_nats nats = {.allocator = jn_nats_system_memory};
    struct jn_nats_header *headers = NULL;
    natsMsg *message = NULL;

    (void)state;
    assert_int_equal(natsMsg_Create(&message, "orders.placed", NULL, "", 0), NATS_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(natsMsgHeader_Set(message, names[i], names[i]), NATS_OK);
    assert_true(jn_nats_headers_read(&nats, message, &headers));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(jn_nats_headers_find(headers, names[i]), names[i]);
    jn_nats_headers_free(&nats, headers);
    natsMsg_Destroy(message);
}

static void a_point_and_a_line_are_no_two_topics(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(transport->ops->declare_topic(transport, "one.two", NULL), JANGLE_OK);
    assert_result(transport->ops->declare_topic(transport, "one_two", &error),
                  JANGLE_INVALID);
    assert_non_null(strstr(error.message, "one.two"));
    assert_result(transport->ops->remove_topic(transport, "one.two", NULL), JANGLE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(what_they_publish_is_received),
                                       TEST(an_id_is_lasting_and_of_one_stream),
                                       TEST(an_id_outlives_a_copy),
                                       TEST(they_read_what_we_publish),
                                       TEST(names_that_are_alike_keep_their_values),
                                       TEST(their_names_that_are_alike_have_their_values),
                                       TEST(a_stream_that_forgets_is_refused),
                                       TEST(a_point_and_a_line_are_no_two_topics)};
    int failed;

    server = nats_server_start(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
