/* forms.c - what goes to SNS, field by field, and what comes out of bodies: those that
 * SNS has wrapped, and those that other programs have sent. */
#include "brokers/aws/line.h"

#include <stdio.h>
#include <stdlib.h>

static struct stand_in *server;
static struct jangle_transport *transport;

static int begin(void **state)
{
    struct jangle_aws_options options;

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

/* ---- to SNS ---------------------------------------------------------------- */

#define PUBLISH                                                                          \
    "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A0000"      \
    "00000000%3Anews&Message="

struct form {
    const char *body;
    const char *sent;
};

/* A message without attributes has these four fields, and no others. */
static const struct form forms[] = {
    {"good morning!", PUBLISH "good%20morning%21"},
    {"{\"a\": [1, \"two\"], \"b\": {}}",
     PUBLISH "%7B%22a%22%3A%20%5B1%2C%20%22two%22%5D%2C%20%22b%22%3A%20%7B%7D%7D"},
    {"a+b/c=d&e%f", PUBLISH "a%2Bb%2Fc%3Dd%26e%25f"},
    {"<\xc3\xa1\xe2\x82\xac>\t\n", PUBLISH "%3C%C3%A1%E2%82%AC%3E%09%0A"},
};

static void a_bare_message_has_four_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        stand_in_answer(
            server, 200,
            "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/"
            "\"><PublishResult><MessageId>m</MessageId></PublishResult>"
            "</PublishResponse>");
        assert_result(
            aws_publish(transport, aws_parcel(AWS_TOPIC, NULL, forms[i].body), NULL),
            JANGLE_OK);
        assert_string_equal(stand_in_request(server, i).body, forms[i].sent);
    }
}

/* SNS discards a raw message of more than ten attributes. */
static void any_number_of_headers_is_one_attribute(void **state)
{
    struct jangle_header headers[64];
    char names[64][16];
    struct jangle_parcel parcel = aws_parcel(AWS_TOPIC, NULL, "");
    const char *body;

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        snprintf(names[i], sizeof names[i], "header-%zu", i);
        headers[i] = (struct jangle_header){names[i], "value"};
    }
    parcel.headers = headers;
    parcel.header_count = 64;
    parcel.route = parcel.id = parcel.key = parcel.content_type = "x";
    parcel.attempt = 4;
    aws_publish(transport, parcel, NULL);
    body = stand_in_request(server, 0).body;
    assert_non_null(strstr(body, "MessageAttributes.entry.7.Name=type&"));
    assert_null(strstr(body, "MessageAttributes.entry.8."));
    assert_null(strstr(body, "MessageGroupId"));
}

/* A FIFO topic gets a group and a deduplication id, which is another each time. */
static void an_ordered_topic_gets_a_group_and_a_new_id(void **state)
{
    struct jangle_parcel parcel = aws_parcel(AWS_TOPIC ".fifo", NULL, "a");
    char *ids[2];

    (void)state;
    parcel.key = "purse 1"; /* a space is not allowed in a group */
    parcel.id = "the same";
    for (size_t i = 0; i < 2; i++) {
        const char *body;

        aws_publish(transport, parcel, NULL);
        body = stand_in_request(server, i).body;
        assert_non_null(
            strstr(body, "&MessageGroupId=68aba152-5e45-56f8-a82e-c87f56e7394d&"));
        ids[i] = strdup(strstr(body, "MessageDeduplicationId="));
    }
    assert_string_not_equal(ids[0], ids[1]);
    free(ids[0]);
    free(ids[1]);
}

/* ---- from SQS -------------------------------------------------------------- */

static struct jangle_parcel receive_message(const char *message)
{
    const struct jangle_queue queue = {.name = AWS_QUEUE};

    assert_result(transport->ops->attach(transport, &queue, NULL, 0, NULL), JANGLE_OK);
    stand_in_answer(server, 200, message);
    return line_receive(transport);
}

/* Without a digest, which another test has. */
#define ONE(more)                                                                        \
    "{\"Messages\":[{\"MessageId\":\"m\",\"ReceiptHandle\":\"h\"," more "}]}"

static void what_sns_has_wrapped_is_opened(void **state)
{
    struct jangle_parcel parcel = receive_message(ONE(
        "\"Body\":\"{\\n  \\\"Type\\\" : \\\"Notification\\\",\\n \\\"MessageId\\\" : "
        "\\\"inner\\\",\\\"TopicArn\\\" : \\\"" AWS_TOPIC
        "\\\",\\\"Message\\\" : "
        "\\\"<\\\\u00e1\\\\n\\\\\\\"b\\\\\\\">\\\",\\\"Timestamp\\\" : "
        "\\\"2026-01-02T03:04:05.678Z\\\",\\\"MessageAttributes\\\" : {"
        "\\\"type\\\" : {\\\"Type\\\":\\\"String\\\",\\\"Value\\\":\\\"coin.in\\\"},"
        "\\\"Manifest\\\" : {\\\"Type\\\":\\\"String\\\",\\\"Value\\\":\\\"CoinIn\\\"}}"
        "}\""));

    (void)state;
    line_assert_body(&parcel, "<\xc3\xa1\n\"b\">");
    assert_string_equal(parcel.id, "inner");
    assert_string_equal(parcel.route, "coin.in");
    assert_string_equal(line_header(&parcel, "manifest"), "CoinIn");
}

#define WRAPPED(attributes)                                                              \
    ONE("\"Body\":\"{\\\"Type\\\":\\\"Notification\\\",\\\"MessageId\\\":\\\"inner\\\"," \
        "\\\"TopicArn\\\":\\\"t\\\",\\\"Timestamp\\\":\\\"now\\\",\\\"Message\\\":"      \
        "\\\"x\\\","                                                                     \
        "\\\"MessageAttributes\\\":{" attributes "}}\"")
#define WRAPPED_TEXT(name, value)                                                        \
    "\\\"" name "\\\":{\\\"Type\\\":\\\"String\\\",\\\"Value\\\":\\\"" value "\\\"}"

/* As in jangle_awsvisit the last one counts. */
static void a_wrapped_attribute_that_comes_twice_is_the_last(void **state)
{
    struct jangle_parcel parcel =
        receive_message(WRAPPED(WRAPPED_TEXT("type", "a") "," WRAPPED_TEXT("type", "b")));

    (void)state;
    line_assert_body(&parcel, "x");
    assert_string_equal(parcel.route, "b");
}

/* No text of C has a zero. */
static void what_cannot_be_unwrapped_is_handed_out_whole(void **state)
{
    struct jangle_parcel parcel =
        receive_message(WRAPPED(WRAPPED_TEXT("a", "\\\\u0000")));

    (void)state;
    assert_string_equal(parcel.id, "m");
    assert_non_null(strstr(parcel.body, "MessageAttributes"));
}

/* A member is missing, or it is no notification: then it is a body like any other. */
static void what_only_looks_wrapped_is_left_alone(void **state)
{
    struct jangle_parcel parcel = receive_message(ONE(
        "\"Body\":\"{\\\"Type\\\":\\\"Notification\\\",\\\"Message\\\":\\\"x\\\"}\""));

    (void)state;
    line_assert_body(&parcel, "{\"Type\":\"Notification\",\"Message\":\"x\"}");
    assert_string_equal(parcel.id, "m");
}

static void attributes_of_others_are_headers(void **state)
{
    struct jangle_parcel parcel = receive_message(
        ONE("\"Body\":\"x\",\"MessageAttributes\":{"
            "\"Event_Type\":{\"DataType\":\"String\",\"StringValue\":\"A\"},"
            "\"number\":{\"DataType\":\"Number.int\",\"StringValue\":\"7\"},"
            "\"bytes\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AAAA\"},"
            "\"headers\":{\"DataType\":\"String\",\"StringValue\":\"[1]\"},"
            "\"encoding\":{\"DataType\":\"String\",\"StringValue\":\"base64\"}}"));

    (void)state;
    assert_int_equal(parcel.header_count, 4);
    assert_string_equal(line_header(&parcel, "event_type"), "A");
    assert_string_equal(line_header(&parcel, "number"), "7");
    assert_string_equal(line_header(&parcel, "headers"), "[1]");
    assert_string_equal(line_header(&parcel, "encoding"), "base64");
    line_assert_body(&parcel, "x"); /* which is no base64 */
}

static void a_message_that_was_received_before_says_so(void **state)
{
    struct jangle_parcel parcel = receive_message(
        ONE("\"Body\":\"x\",\"Attributes\":{\"ApproximateReceiveCount\":\"3\"},"
            "\"MessageAttributes\":{\"attempt\":{\"DataType\":\"String\","
            "\"StringValue\":\"5\"}}"));

    (void)state;
    assert_int_equal(parcel.attempt, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bare_message_has_four_fields, begin, end),
        cmocka_unit_test_setup_teardown(any_number_of_headers_is_one_attribute, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_ordered_topic_gets_a_group_and_a_new_id, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_sns_has_wrapped_is_opened, begin, end),
        cmocka_unit_test_setup_teardown(a_wrapped_attribute_that_comes_twice_is_the_last,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_unwrapped_is_handed_out_whole,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_only_looks_wrapped_is_left_alone, begin,
                                        end),
        cmocka_unit_test_setup_teardown(attributes_of_others_are_headers, begin, end),
        cmocka_unit_test_setup_teardown(a_message_that_was_received_before_says_so, begin,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
