/* visit.c - events as Lambda and SNS send them: every record is visited, in order, and
 * becomes the parcel that was sent. */
#include "support/test.h"
#include "unit/aws/shown.h"

#include <jangle/transport/aws_visit.h>

#include <stdlib.h>
#include <string.h>

static enum jangle_result
show(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    assert_null(parcel->receipt);
    shown_parcel(context, parcel);
    return JANGLE_OK;
}

/* The result, or what was visited, as text. The caller frees it. */
static char *visited(const char *json)
{
    struct jangle_error error;
    char *parcels = NULL, *text = NULL;
    size_t size;
    FILE *file = open_memstream(&parcels, &size);
    enum jangle_result result = jangle_aws_visit(json, NULL, show, file, &error);

    fclose(file);
    assert_result(error.result, result);
    file = open_memstream(&text, &size);
    if (result)
        fprintf(file, "%s %s\n", jangle_result_name(result), error.message);
    else
        fprintf(file, "OK\n%s", parcels);
    fclose(file);
    free(parcels);
    return text;
}

static void check_event(const char *name)
{
    char file[64], *json, *expected, *text;

    assert_true(snprintf(file, sizeof file, "%s.json", name) < (int)sizeof file);
    json = shown_file(EVENTS, file);
    assert_true(snprintf(file, sizeof file, "%s.txt", name) < (int)sizeof file);
    expected = shown_file(EVENTS, file);
    assert_non_null(json);
    assert_non_null(expected);
    text = visited(json);
    assert_string_equal(text, expected);
    free(text);
    free(expected);
    free(json);
}

static void check(const char *json, const char *expected)
{
    char *text = visited(json);

    assert_string_equal(text, expected);
    free(text);
}

static void every_record_of_a_standard_queue_is_visited_in_order(void **state)
{
    (void)state;
    check_event("sqs");
}

static void a_fifo_queue_has_keys_and_what_jangle_sent_arrives_as_it_was(void **state)
{
    (void)state;
    check_event("sqs_fifo");
}

static void a_notification_of_sns_is_unwrapped(void **state)
{
    (void)state;
    check_event("sns");
    check_event("s3_through_sns");
}

static void
an_envelope_in_a_queue_is_unwrapped_and_what_looks_like_one_is_not(void **state)
{
    (void)state;
    check_event("sqs_wrapped");
    check(
        "{\"Records\":[{\"body\":\"{\\\"Type\\\":\\\"Notification\\\",\\\"MessageId\\\":"
        "\\\"1\\\",\\\"TopicArn\\\":\\\"t\\\",\\\"Message\\\":\\\"no time\\\"}\"}]}",
        "OK\nparcel\nattempt: 0\nbody: {\"Type\":\"Notification\",\"MessageId\":\"1\","
        "\"TopicArn\":\"t\",\"Message\":\"no time\"}\n");
}

static void a_web_hook_is_one_message_also_behind_a_gateway(void **state)
{
    (void)state;
    check_event("web_hook");
    check_event("gateway");
    check_event("gateway_base64");
}

static void an_event_without_messages_is_refused_and_says_what_to_do(void **state)
{
    (void)state;
    check_event("scheduled");
    check_event("s3");
    check_event("confirmation");
}

/* ---- small events --------------------------------------------------------------- */

static void what_may_be_missing_may_be_missing(void **state)
{
    (void)state;
    check("{\"Records\":[]}", "OK\n");
    check("{\"Records\":[{\"body\":\"b\"}]}", "OK\nparcel\nattempt: 0\nbody: b\n");
    check(
        "{\"Records\":[{\"messageId\":\"7\",\"body\":\"b\",\"attributes\":null,"
        "\"messageAttributes\":null,\"eventSourceARN\":null}]}",
        "OK\nparcel\nid: 7\nattempt: 0\nbody: b\n");
    check(
        "{\"Records\":[{\"body\":\"b\",\"attributes\":{\"ApproximateReceiveCount\":null},"
        "\"messageAttributes\":{\"a\":{\"dataType\":\"String\"},"
        "\"b\":{\"stringValue\":\"untyped\"}}}]}",
        "OK\nparcel\nattempt: 0\nheader b: untyped\nbody: b\n");
    check(
        "{\"Type\":\"Notification\",\"MessageId\":\"1\",\"TopicArn\":\"t\","
        "\"Message\":\"\"}",
        "OK\nparcel\ntopic: t\nid: 1\nattempt: 0\nbody: \n");
}

/* So that what is checked is what is visited. */
static void of_members_with_one_name_the_last_counts(void **state)
{
    (void)state;
    check(
        "{\"Records\":[{\"messageId\":\"1\",\"body\":\"first\",\"body\":\"last\","
        "\"messageId\":null}]}",
        "OK\nparcel\nattempt: 0\nbody: last\n");
}

static void an_event_that_is_none_says_what_is_missing(void **state)
{
    static const char none[] =
        "INVALID the event is none of SQS or SNS: it has no "
        "`Records`, no `Type`, and no `body` with a "
        "`requestContext`\n";

    (void)state;
    check("{}", none);
    check("{\"Records\":null}", none);
    check("{\"body\":\"x\"}", none);
    check("{\"requestContext\":{}}", "INVALID the event is a request without a `body`\n");
    check("{\"requestContext\":{},\"body\":null}",
          "INVALID the event is a request without a `body`\n");
    check("[]", "INVALID the event is no JSON object\n");
    check("", "INVALID the event is no JSON object\n");
    check("7", "INVALID the event is no JSON object\n");
    check("{\"Records\":{}}", "INVALID `Records` of the event is not a list\n");
    check("{\"Records\":[7]}", "INVALID record 1: the record is no JSON object\n");
    check("{\"Records\":[{\"Sns\":7}]}",
          "INVALID record 1: `Sns` of the record is not an object\n");
    check("{\"Records\":[{}]}",
          "INVALID record 1: it has neither `Sns` nor `body`, and "
          "comes from nobody that it names\n");
    check("{\"Records\":[{\"Sns\":{\"Type\":\"Notification\"}}]}",
          "INVALID record 1: `Sns` has no `MessageId`\n");
    check("{\"Type\":\"Notification\",\"MessageId\":\"1\",\"TopicArn\":\"t\"}",
          "INVALID the notification has no `Message`\n");
    check(
        "{\"Type\":\"Postcard\",\"MessageId\":\"1\",\"TopicArn\":\"t\",\"Message\":\"\"}",
        "INVALID the `Type` of the notification is \"Postcard\", and not Notification, "
        "SubscriptionConfirmation or UnsubscribeConfirmation\n");
}

#define SNS(id, message)                                                                 \
    "{\"Sns\":{\"Type\":\"Notification\",\"MessageId\":\"" id                            \
    "\",\"TopicArn\":\"t\",\"Message\":\"" message "\"}}"

static void every_record_of_sns_is_visited_in_order(void **state)
{
    (void)state;
    check("{\"Records\":[" SNS("1", "one") "," SNS("2", "two") "," SNS("3", "three") "]}",
          "OK\n"
          "parcel\ntopic: t\nid: 1\nattempt: 0\nbody: one\n"
          "parcel\ntopic: t\nid: 2\nattempt: 0\nbody: two\n"
          "parcel\ntopic: t\nid: 3\nattempt: 0\nbody: three\n");
}

/* ---- the visitor ---------------------------------------------------------------- */

struct counting {
    int seen;
    int fail_at;
};

static enum jangle_result
count(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    struct counting *counting = context;

    (void)parcel;
    return ++counting->seen == counting->fail_at ? JANGLE_BUSY : JANGLE_OK;
}

static void the_first_failure_ends_the_visit(void **state)
{
    static const char json[] =
        "{\"Records\":[{\"messageId\":\"1\",\"body\":\"secret\"},"
        "{\"messageId\":\"2\",\"body\":\"secret\"},"
        "{\"messageId\":\"3\",\"body\":\"secret\"}]}";
    struct counting counting = {.fail_at = 2};
    struct jangle_error error;

    (void)state;
    assert_result(jangle_aws_visit(json, NULL, count, &counting, &error), JANGLE_BUSY);
    assert_int_equal(counting.seen, 2);
    assert_string_equal(error.message, "message \"2\": the program has returned BUSY");
    counting = (struct counting){0};
    assert_result(jangle_aws_visit(json, NULL, count, &counting, NULL), JANGLE_OK);
    assert_int_equal(counting.seen, 3);
}

static enum jangle_result
has_no_key(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    ++*(int *)context;
    assert_null(parcel->key);
    return error->result;
}

/* jangle sends it in that group, and "none" would be one stream for all of it. */
static void what_was_sent_without_a_key_has_none(void **state)
{
    int seen = 0;

    (void)state;
    assert_result(jangle_aws_visit("{\"Records\":[{\"messageId\":\"1\",\"body\":\"b\","
                                   "\"attributes\":{\"MessageGroupId\":\"none\"}}]}",
                                   NULL, has_no_key, &seen, NULL),
                  JANGLE_OK);
    assert_int_equal(seen, 1);
}

static void nothing_is_visited_of_an_event_that_breaks_off(void **state)
{
    static const char json[] = "{\"Records\":[{\"body\":\"b\"},{\"body\":\"c";
    struct counting counting = {0};
    struct jangle_error error;

    (void)state;
    assert_result(jangle_aws_visit(json, NULL, count, &counting, &error), JANGLE_INVALID);
    assert_int_equal(counting.seen, 0);
    assert_string_equal(error.message,
                        "the event is no JSON: the text does not end at byte 35");
}

static void a_visit_without_an_event_or_a_visitor_is_refused(void **state)
{
    struct jangle_error error;

    (void)state;
    assert_result(jangle_aws_visit(NULL, NULL, count, NULL, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "the event is NULL");
    assert_result(jangle_aws_visit("{}", NULL, NULL, NULL, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "the visitor is NULL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_of_a_standard_queue_is_visited_in_order),
        cmocka_unit_test(a_fifo_queue_has_keys_and_what_jangle_sent_arrives_as_it_was),
        cmocka_unit_test(a_notification_of_sns_is_unwrapped),
        cmocka_unit_test(
            an_envelope_in_a_queue_is_unwrapped_and_what_looks_like_one_is_not),
        cmocka_unit_test(a_web_hook_is_one_message_also_behind_a_gateway),
        cmocka_unit_test(an_event_without_messages_is_refused_and_says_what_to_do),
        cmocka_unit_test(what_may_be_missing_may_be_missing),
        cmocka_unit_test(of_members_with_one_name_the_last_counts),
        cmocka_unit_test(an_event_that_is_none_says_what_is_missing),
        cmocka_unit_test(what_was_sent_without_a_key_has_none),
        cmocka_unit_test(nothing_is_visited_of_an_event_that_breaks_off),
        cmocka_unit_test(every_record_of_sns_is_visited_in_order),
        cmocka_unit_test(the_first_failure_ends_the_visit),
        cmocka_unit_test(a_visit_without_an_event_or_a_visitor_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
