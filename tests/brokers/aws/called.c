/* called.c - what the transport sends to a queue is what a Lambda function gets that the
 * queue calls: two libraries write and read the same message attributes. */
#include "brokers/aws/line.h"

#include <jangle/transport/aws_visit.h>

#include <jansson.h>
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

/* ---- from a request to an event ---------------------------------------------------- */

/* Lambda writes the names of an attribute's members with small letters. */
static json_t *attributes_of(const json_t *sent)
{
    json_t *attributes = json_object();
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(sent, "MessageAttributes"), name, value)
        json_object_set_new(attributes, name,
                            json_pack("{s:O, s:O}", "dataType",
                                      json_object_get(value, "DataType"), "stringValue",
                                      json_object_get(value, "StringValue")));
    return attributes;
}

/* What Lambda calls a function with, for a message that was sent in that request. The
 * caller frees it. */
static char *make_event(const char *request)
{
    json_t *json = json_loads(request, 0, NULL);
    json_t *sent = json_array_get(json_object_get(json, "Entries"), 0);
    json_t *event =
        json_pack("{s:[{s:s, s:O, s:{s:s}, s:o, s:s, s:s}]}", "Records", "messageId",
                  "m-1", "body", json_object_get(sent ? sent : json, "MessageBody"),
                  "attributes", "ApproximateReceiveCount", "1", "messageAttributes",
                  attributes_of(sent ? sent : json), "eventSource", "aws:sqs",
                  "eventSourceARN", "arn:aws:sqs:us-east-1:000000000000:jobs");
    char *text = event ? json_dumps(event, 0) : NULL;

    json_decref(event);
    json_decref(json);
    assert_non_null(text);
    return text;
}

/* ---- what arrives ------------------------------------------------------------------ */

static void assert_same_text(const char *is, const char *was)
{
    if (was)
        assert_string_equal(is, was);
    else
        assert_null(is);
}

/* Every header that was sent is there, in its order, and no other but `type`, which the
 * visit adds for plain bodies. */
static void assert_same_headers(const struct jangle_parcel *is,
                                const struct jangle_parcel *was)
{
    size_t found = 0;

    for (size_t i = 0; i < is->header_count; i++) {
        const struct jangle_header *header = &is->headers[i];

        if (was->route && strcmp(header->name, "type") == 0)
            continue;
        assert_true(found < was->header_count);
        assert_string_equal(header->name, was->headers[found].name);
        assert_string_equal(header->value, was->headers[found].value);
        found++;
    }
    assert_int_equal(found, was->header_count);
}

static enum jangle_result
look_at(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    const struct jangle_parcel *was = context;

    assert_int_equal(parcel->body_size, was->body_size);
    if (was->body_size)
        assert_memory_equal(parcel->body, was->body, was->body_size);
    assert_same_text(parcel->route, was->route);
    assert_same_text(parcel->key, was->key);
    assert_same_text(parcel->content_type, was->content_type);
    assert_string_equal(parcel->id, was->id ? was->id : "m-1");
    assert_int_equal(parcel->attempt, was->attempt ? was->attempt : 1);
    assert_same_headers(parcel, was);
    return JANGLE_OK;
}

static void assert_arrives(struct jangle_parcel parcel)
{
    struct jangle_error error = {0};
    char *event;

    parcel.queue = AWS_QUEUE;
    aws_publish(transport, parcel, NULL);
    event = make_event(stand_in_request(server, stand_in_count(server) - 1).body);
    if (jangle_aws_visit(event, NULL, look_at, &parcel, &error))
        fail_msg("%s: %s", error.message, event);
    free(event);
}

/* ---- tests ------------------------------------------------------------------------- */

static void a_message_with_all_its_parts_arrives(void **state)
{
    static const struct jangle_header headers[] = {
        {"ce-id", "1"}, {"empty", ""}, {"no-utf8", "a\xff"}, {"quoted", "\"\\"}};

    (void)state;
    assert_arrives((struct jangle_parcel){.route = "coins_put_in",
                                          .key = "purse/1",
                                          .id = "id 1",
                                          .content_type = "application/json",
                                          .headers = headers,
                                          .header_count = 4,
                                          .attempt = 3,
                                          .body = "{\"a\":1}",
                                          .body_size = 7});
}

static void any_body_arrives(void **state)
{
    static const char envelope[] =
        "{\"Type\":\"Notification\",\"MessageId\":\"1\",\"TopicArn\":\"arn:aws:sns:x\","
        "\"Message\":\"m\",\"Timestamp\":\"2026-01-01T00:00:00.000Z\"}";

    (void)state;
    assert_arrives((struct jangle_parcel){.body = NULL});
    assert_arrives((struct jangle_parcel){.body = "a\0b", .body_size = 3});
    assert_arrives((struct jangle_parcel){.body = "\xff\xfe", .body_size = 2});
    assert_arrives((struct jangle_parcel){.body = "aGk=", .body_size = 4});
    assert_arrives(
        (struct jangle_parcel){.body = envelope, .body_size = sizeof envelope - 1});
}

static void a_text_that_amazon_cannot_carry_arrives(void **state)
{
    (void)state;
    assert_arrives((struct jangle_parcel){.route = "", .body = "x", .body_size = 1});
    assert_arrives((struct jangle_parcel){.key = "\x01", .body = "x", .body_size = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_with_all_its_parts_arrives, begin, end),
        cmocka_unit_test_setup_teardown(any_body_arrives, begin, end),
        cmocka_unit_test_setup_teardown(a_text_that_amazon_cannot_carry_arrives, begin,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
