/* edges.c - what is rare at Amazon, and must lose nothing: a batch that ends in the
 * middle, messages of others that are large, subscriptions that are none yet, and
 * settings that only look right. */
#include "brokers/aws/line.h"

#include <stdio.h>
#include <stdlib.h>

static struct stand_in *server;
static struct jangle_transport *transport;
static struct jangle_aws_options options;

static int begin(void **state)
{
    (void)state;
    server = stand_in_start(AWS_SECRET);
    options = aws_options(stand_in_endpoint(server));
    transport = aws_open(&options);
    return 0;
}

static int end(void **state)
{
    (void)state;
    line_close(transport);
    stand_in_stop(server);
    return 0;
}

static bool asks(size_t number, const char *text)
{
    struct stand_in_request request = stand_in_request(server, number);

    return strstr(request.head, text) || strstr(request.body, text);
}

static void assert_asks(size_t number, const char *text)
{
    if (number >= stand_in_count(server))
        fail_msg("there is no request %zu", number);
    if (!asks(number, text))
        fail_msg("request %zu has no %s: %s%s", number, text,
                 stand_in_request(server, number).head,
                 stand_in_request(server, number).body);
}

/* ---- publishing ------------------------------------------------------------ */

/* A batch is refused, and while its messages are sent alone Amazon goes away. Those that
 * were not tried are not refused. */
static void what_was_not_tried_alone_is_not_refused(void **state)
{
    struct jangle_parcel parcels[3] = {aws_parcel(NULL, AWS_QUEUE, "a"),
                                       aws_parcel(NULL, AWS_QUEUE, "b"),
                                       aws_parcel(NULL, AWS_QUEUE, "c")};

    (void)state;
    stand_in_answer(server, 400,
                    "{\"__type\":\"com.amazonaws.sqs#BatchRequestTooLong\"}");
    stand_in_answer(server, 400,
                    "{\"__type\":\"com.amazonaws.sqs#InvalidMessageContents\"}");
    stand_in_answer(server, 503, "");
    assert_result(transport->ops->publish(transport, parcels, 3, LINE_WAIT_MS, NULL),
                  JANGLE_BUSY);
    assert_result(parcels[0].result, JANGLE_INVALID);
    assert_result(parcels[1].result, JANGLE_BUSY);
    assert_result(parcels[2].result, JANGLE_BUSY);
}

/* libcurl takes no time limit of more than 24 days. */
static void a_long_timeout_is_no_want_of_memory(void **state)
{
    struct jangle_parcel parcel = aws_parcel(NULL, AWS_QUEUE, "a");

    (void)state;
    stand_in_answer(server, 503, "");
    assert_result(transport->ops->publish(transport, &parcel, 1, INT64_MAX, NULL),
                  JANGLE_BUSY);
    assert_int_equal(stand_in_count(server), 1);
}

/* JSON can write the names of an envelope with escapes, too. */
static void an_envelope_in_disguise_is_marked(void **state)
{
    (void)state;
    aws_publish(transport,
                aws_parcel(NULL, AWS_QUEUE,
                           "{\"Type\":\"Notification\",\"MessageId\":\"x\","
                           "\"Topic\\u0041rn\":\"x\",\"Timestamp\":\"x\","
                           "\"Message\":\"x\"}"),
                NULL);
    assert_asks(0, "\"encoding\":{");
}

/* ---- subscriptions --------------------------------------------------------- */

#define MEMBER(arn)                                                                      \
    "<member><SubscriptionArn>" arn                                                      \
    "</SubscriptionArn><Protocol>sqs</Protocol>"                                         \
    "<Endpoint>arn:aws:sqs:us-east-1:000000000000:jobs</Endpoint></member>"
#define LIST(members) "<R><Subscriptions>" members "</Subscriptions></R>"
#define GONE          "<E><Error><Code>NotFound</Code></Error></E>"
#define TAKEN         "<R><PublishResult><MessageId>m</MessageId></PublishResult></R>"

static enum jangle_result publish_to_be_queued(void)
{
    struct jangle_parcel parcel = aws_parcel(AWS_TOPIC, NULL, "a");

    parcel.must_be_queued = true;
    return aws_publish(transport, parcel, NULL);
}

/* SNS lists those that are not confirmed, and those that have ended, without an ARN. */
static void what_is_no_subscription_yet_takes_nothing(void **state)
{
    (void)state;
    stand_in_answer(server, 200, LIST(MEMBER("PendingConfirmation") MEMBER("Deleted")));
    assert_result(publish_to_be_queued(), JANGLE_NOT_FOUND);
    assert_int_equal(stand_in_count(server), 1);
}

/* The list is read from its end. */
static void a_subscription_that_ends_meanwhile_does_not_hide_another(void **state)
{
    (void)state;
    stand_in_answer(server, 200, LIST(MEMBER("arn:a") MEMBER("arn:b")));
    stand_in_answer(server, 404, GONE);
    stand_in_answer(server, 200, "<R></R>");
    stand_in_answer(server, 200, TAKEN);
    assert_result(publish_to_be_queued(), JANGLE_OK);
}

/* ---- declaring ------------------------------------------------------------- */

static void declare_with_policy(const char *policy)
{
    const struct jangle_queue queue = {.name = AWS_QUEUE, .topic = AWS_TOPIC};

    stand_in_answer(server, 200, policy);
    assert_result(transport->ops->declare_queue(transport, &queue, NULL), JANGLE_OK);
}

#define POLICY(members)                                                                  \
    "{\"Attributes\":{\"Policy\":\"{\\\"Statement\\\":[{\\\"Effect\\\":"                 \
    "\\\"Allow\\\"," members "}]}\"}}"
#define FROM_TOPIC "\\\"ArnEquals\\\":{\\\"aws:SourceArn\\\":\\\"" AWS_TOPIC "\\\"}"

/* A statement of that topic that lets it do something else, or only at times, does not
 * let it send. */
static void only_a_right_to_send_is_one(void **state)
{
    static const char *const policies[] = {
        POLICY("\\\"Action\\\":\\\"sqs:GetQueueUrl\\\",\\\"Condition\\\":{" FROM_TOPIC
               "}"),
        POLICY("\\\"Action\\\":\\\"sqs:SendMessage\\\",\\\"Condition\\\":{" FROM_TOPIC
               ",\\\"Bool\\\":{\\\"aws:SecureTransport\\\":\\\"true\\\"}}")};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t before = stand_in_count(server);

        declare_with_policy(policies[i]);
        assert_asks(before + 1, "AmazonSQS.SetQueueAttributes");
    }
}

/* Who says ".fifo" does not mean the queue without it. */
static void a_whole_name_is_not_mistaken_for_a_shorter_one(void **state)
{
    const struct jangle_queue queue = {.name = "jobs.fifo", .in_order = true};

    (void)state;
    stand_in_answer(server, 200, "{\"QueueUrl\":\"" AWS_QUEUE ".fifo\"}");
    stand_in_answer(server, 200, "{\"Attributes\":{}}");
    assert_result(transport->ops->declare_queue(transport, &queue, NULL), JANGLE_OK);
    assert_asks(0, "\"QueueName\":\"jobs.fifo\"");
}

/* ---- secrets --------------------------------------------------------------- */

/* Only the start of a long message is shown, and the secret must be looked for in all of
 * it. */
static void a_secret_that_is_cut_is_one(void **state)
{
    static char answer[600];
    struct jangle_error error = {0};

    (void)state;
    snprintf(answer, sizeof answer, "{\"__type\":\"Odd\",\"message\":\"%0390d %s\"}", 0,
             AWS_KEY);
    stand_in_answer(server, 403, answer);
    aws_publish(transport, aws_parcel(NULL, AWS_QUEUE, "a"), &error);
    assert_non_null(strstr(error.message, "Odd"));
    assert_null(strstr(error.message, "000"));
}

static struct jangle_aws_credentials provided;

static bool provide(void *context, struct jangle_aws_credentials *credentials)
{
    (void)context;
    *credentials = provided;
    return true;
}

/* A file ends with a line break, which would begin a header of its own; and an empty
 * variable is no key. */
static void what_is_provided_is_checked_as_options_are(void **state)
{
    static const struct jangle_aws_credentials bad[] = {
        {AWS_KEY, AWS_SECRET, "token\n"},
        {AWS_KEY "\n", AWS_SECRET, NULL},
        {"", AWS_SECRET, NULL},
        {AWS_KEY, "", NULL},
        {AWS_KEY, AWS_SECRET, "a\r\nX: y"}};

    (void)state;
    line_close(transport);
    options.provide = provide;
    transport = aws_open(&options);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct jangle_error error = {0};

        provided = bad[i];
        assert_result(aws_publish(transport, aws_parcel(NULL, AWS_QUEUE, "a"), &error),
                      JANGLE_BUSY);
        assert_non_null(strstr(error.message, "`provide`"));
    }
    assert_int_equal(stand_in_count(server), 0);
}

/* ---- messages that came ---------------------------------------------------- */

static void attach_to(struct jangle_transport *to, const char *name)
{
    const struct jangle_queue queue = {.name = name, .dead = AWS_QUEUE "-dead"};

    assert_result(to->ops->attach(to, &queue, NULL, 0, NULL), JANGLE_OK);
}

static void attach(struct jangle_transport *to)
{
    attach_to(to, AWS_QUEUE);
}

/* Others may send more than jangle does, and what they have sent can die, too. */
static void a_large_message_of_others_can_die(void **state)
{
    enum { SIZE = 250 << 10 };
    char *answer = malloc(SIZE + 200);
    struct jangle_parcel parcel;
    size_t before;

    (void)state;
    assert_non_null(answer);
    attach(transport);
    snprintf(answer, SIZE + 200,
             "{\"Messages\":[{\"MessageId\":\"m\",\"ReceiptHandle\":\"h\",\"Body\":\"%0*d"
             "\"}]}",
             SIZE, 7);
    stand_in_answer(server, 200, answer);
    parcel = line_receive(transport);
    before = stand_in_count(server);
    assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_BUSY);
    assert_asks(before, "SendMessageBatch");
    assert_in_range(stand_in_request(server, before).body_size, SIZE, SIZE + 1000);
    free(answer);
}

#define MESSAGE(number)                                                                  \
    "{\"MessageId\":\"m" number "\",\"ReceiptHandle\":\"h" number "\",\"Body\":\"a\"}"

#define ORDERED AWS_QUEUE ".fifo"

static size_t received(struct jangle_transport *from, struct jangle_error *error)
{
    struct jangle_parcel *parcels;
    size_t count;

    stand_in_answer(server, STAND_IN_SILENT, "");
    from->ops->receive(from, 10, LINE_BYTES, 1, &parcels, &count, error);
    return count;
}

/* The one before it comes again, and the later ones with it. */
static void in_order_nothing_overtakes_what_cannot_be_read(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    attach_to(transport, ORDERED);
    stand_in_answer(server, 200,
                    "{\"Messages\":[{\"MessageId\":\"m1\"}," MESSAGE("2") "]}");
    while (!error.result)
        assert_int_equal(received(transport, &error), 0);
    assert_non_null(strstr(error.message, "damaged"));
    assert_int_equal(received(transport, &error), 0);
}

/* SQS says that the second is somebody else's, and prolongs the third. */
static void in_order_nothing_overtakes_what_was_lost(void **state)
{
    int64_t now_us = 1000000;
    struct jangle_transport *other = aws_open_at(&options, &now_us);

    (void)state;
    attach_to(other, ORDERED);
    stand_in_answer(
        server, 200,
        "{\"Messages\":[" MESSAGE("1") "," MESSAGE("2") "," MESSAGE("3") "]}");
    line_receive(other);
    now_us += 16000000;
    stand_in_answer(server, 200, "{\"Successful\":[{\"Id\":\"0\"}]}");
    stand_in_answer(server, 200,
                    "{\"Failed\":[{\"Id\":\"0\",\"Code\":\"ReceiptHandleIsInvalid\"}],"
                    "\"Successful\":[{\"Id\":\"1\"}]}");
    assert_result(other->ops->tend(other, NULL), JANGLE_OK);
    assert_int_equal(received(other, NULL), 0);
    line_close(other);
}

/* From the first request of `tend` on it is half a millisecond before its end. */
static size_t requests_before;

static int64_t read_clock(void *context)
{
    int64_t late_us = stand_in_count(server) > requests_before ? 24999500 : 0;

    return *(int64_t *)context + late_us;
}

/* What is in hand and what waits are prolonged in one time, that of one call. */
static void tending_takes_no_longer_than_a_call(void **state)
{
    int64_t now_us = 1000000;
    const struct jangle_host host = {
        .clock = {.monotonic_us = read_clock, .context = &now_us}};
    struct jangle_broker broker = jangle_aws("sqs://us-east-1", &options);
    struct jangle_transport *other = NULL;

    (void)state;
    options.visibility_ms = 120000;
    requests_before = SIZE_MAX;
    assert_result(broker.open(&broker, &host, "test", &other, NULL), JANGLE_OK);
    attach(other);
    stand_in_answer(server, 200, "{\"Messages\":[" MESSAGE("1") "," MESSAGE("2") "]}");
    line_receive(other);
    now_us += 61000000;
    requests_before = stand_in_count(server);
    stand_in_answer(server, 200, "{\"Successful\":[{\"Id\":\"0\"}]}");
    assert_result(other->ops->tend(other, NULL), JANGLE_BUSY);
    assert_int_equal(stand_in_count(server), requests_before + 1);
    requests_before = SIZE_MAX;
    line_close(other);
}

/* What another program means by our names is a header, as in jangle_awsvisit. */
static void names_of_ours_that_mean_something_else_are_headers(void **state)
{
    struct jangle_parcel parcel;

    (void)state;
    attach(transport);
    stand_in_answer(
        server, 200,
        "{\"Messages\":[{\"MessageId\":\"m\",\"ReceiptHandle\":\"h\","
        "\"Body\":\"x\",\"MessageAttributes\":{"
        "\"attempt\":{\"DataType\":\"String\",\"StringValue\":\"5 of 7\"},"
        "\"encoding\":{\"DataType\":\"String\",\"StringValue\":\"utf-8\"}}}]}");
    parcel = line_receive(transport);
    assert_string_equal(line_header(&parcel, "encoding"), "utf-8");
    assert_string_equal(line_header(&parcel, "attempt"), "5 of 7");
    assert_int_equal(parcel.attempt, 1);
    line_assert_body(&parcel, "x");
}

#define IN_GROUP(name) "\"Attributes\":{\"MessageGroupId\":\"" name "\"},"
#define TEXT(name, value)                                                                \
    "\"" name "\":{\"DataType\":\"String\",\"StringValue\":\"" value "\"}"

static struct jangle_parcel receive_with(const char *members)
{
    static char answer[600];

    attach(transport);
    snprintf(answer, sizeof answer,
             "{\"Messages\":[{\"MessageId\":\"m\",\"ReceiptHandle\":\"h\",%s"
             "\"Body\":\"x\"}]}",
             members);
    stand_in_answer(server, 200, answer);
    return line_receive(transport);
}

/* What others keep in order by a message group stays in order here, too; "none" is the
 * group of what jangle sends without a key. */
static void the_group_of_others_is_the_key(void **state)
{
    struct jangle_parcel parcel = receive_with(IN_GROUP("purse 1"));

    (void)state;
    assert_asks(0, "\"MessageGroupId\"]");
    assert_string_equal(parcel.key, "purse 1");
    parcel = receive_with(IN_GROUP("none"));
    assert_null(parcel.key);
    parcel = receive_with(
        IN_GROUP("a hash") "\"MessageAttributes\":{" TEXT("key", "mine") "},");
    assert_string_equal(parcel.key, "mine");
}

/* jangle_plain looks for the type among the headers, where jangle itself writes it. */
static void the_type_of_others_is_a_header(void **state)
{
    struct jangle_parcel parcel =
        receive_with("\"MessageAttributes\":{" TEXT("type", "coin.in") "},");

    (void)state;
    assert_string_equal(parcel.route, "coin.in");
    assert_string_equal(line_header(&parcel, "type"), "coin.in");
    parcel = receive_with("\"MessageAttributes\":{" TEXT("type", "coin.in") "," TEXT(
        "content-type", "application/json") "},");
    assert_string_equal(parcel.route, "coin.in");
    assert_int_equal(parcel.header_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_not_tried_alone_is_not_refused, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_long_timeout_is_no_want_of_memory, begin, end),
        cmocka_unit_test_setup_teardown(an_envelope_in_disguise_is_marked, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_subscription_yet_takes_nothing, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            a_subscription_that_ends_meanwhile_does_not_hide_another, begin, end),
        cmocka_unit_test_setup_teardown(only_a_right_to_send_is_one, begin, end),
        cmocka_unit_test_setup_teardown(a_whole_name_is_not_mistaken_for_a_shorter_one,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_secret_that_is_cut_is_one, begin, end),
        cmocka_unit_test_setup_teardown(what_is_provided_is_checked_as_options_are, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_large_message_of_others_can_die, begin, end),
        cmocka_unit_test_setup_teardown(in_order_nothing_overtakes_what_cannot_be_read,
                                        begin, end),
        cmocka_unit_test_setup_teardown(in_order_nothing_overtakes_what_was_lost, begin,
                                        end),
        cmocka_unit_test_setup_teardown(tending_takes_no_longer_than_a_call, begin, end),
        cmocka_unit_test_setup_teardown(
            names_of_ours_that_mean_something_else_are_headers, begin, end),
        cmocka_unit_test_setup_teardown(the_group_of_others_is_the_key, begin, end),
        cmocka_unit_test_setup_teardown(the_type_of_others_is_a_header, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
