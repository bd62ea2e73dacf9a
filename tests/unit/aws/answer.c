/* answer.c - what a function answers, so that what failed comes again and nothing else
 * does. */
#include "support/failing_allocator.h"
#include "support/test.h"

#include <jangle/transport/aws_visit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE    "{\"batchItemFailures\":[]}"
#define ONE(id) "{\"batchItemFailures\":[{\"itemIdentifier\":\"" id "\"}]}"

/* A record of SQS; `more` begins with a comma, or is "". */
#define RECORD(id, body, more) "{\"messageId\":\"" id "\",\"body\":\"" body "\"" more "}"
#define IN_GROUP(group)        ",\"attributes\":{\"MessageGroupId\":\"" group "\"}"
#define EVENT(records)         "{\"Records\":[" records "]}"

/* Bodies that begin with "bad" fail. */
struct program {
    char seen[256]; /* the bodies, each with a space behind it */
    enum jangle_result failure;
};

static enum jangle_result
take(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    struct program *program = context;
    size_t used = strlen(program->seen);

    assert_true((size_t)snprintf(program->seen + used, sizeof program->seen - used, "%s ",
                                 (const char *)parcel->body) <
                sizeof program->seen - used);
    return strncmp(parcel->body, "bad", 3) == 0 ? program->failure : JANGLE_OK;
}

static enum jangle_result
refuse(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    (void)parcel;
    return ((struct program *)context)->failure;
}

static void answered(const char *json, const char *seen, const char *text, size_t failed)
{
    struct program program = {.failure = JANGLE_BUSY};
    struct failing_allocator memory;
    struct jangle_aws_visit_options options = {.allocator = &memory.allocator};
    struct jangle_aws_response response;
    struct jangle_error error;

    failing_allocator_init(&memory, 0);
    assert_result(jangle_aws_answer(json, &options, &response, take, &program, &error),
                  JANGLE_OK);
    assert_string_equal(response.text, text);
    assert_string_equal(program.seen, seen);
    assert_int_equal(response.failed, failed);
    assert_int_equal(response.first.result != JANGLE_OK, failed != 0);
    assert_result(error.result, JANGLE_OK);
    jangle_aws_response_free(&response);
    assert_null(response.text);
    assert_int_equal(memory.pieces, 0);
}

static void what_failed_is_named_and_the_others_are_done(void **state)
{
    (void)state;
    answered(EVENT(""), "", NONE, 0);
    answered(EVENT(RECORD("1", "a", "") "," RECORD("2", "b", "")), "a b ", NONE, 0);
    answered(
        EVENT(RECORD("1", "a", "") "," RECORD("2", "bad", "") "," RECORD("3", "c", "")),
        "a bad c ", ONE("2"), 1);
    answered(EVENT(RECORD("1", "bad", "") "," RECORD("2", "bad", "")), "bad bad ",
             "{\"batchItemFailures\":[{\"itemIdentifier\":\"1\"},"
             "{\"itemIdentifier\":\"2\"}]}",
             2);
}

static void an_id_is_named_as_it_came(void **state)
{
    (void)state;
    answered(EVENT(RECORD("a\\\"\\u00e9\\n", "bad", "")), "bad ", ONE("a\\\"\\u00e9\\n"),
             1);
}

static void a_record_that_cannot_be_read_comes_again(void **state)
{
    (void)state;
    answered(EVENT(RECORD("1", "a", ",\"messageAttributes\":{\"x\":7}") "," //
                   RECORD("2", "b", "")),
             "b ", ONE("1"), 1);
}

static void a_confirmation_in_a_queue_is_no_message(void **state)
{
    static const char json[] =
        EVENT(RECORD("1",
                     "{\\\"Type\\\":\\\"SubscriptionConfirmation\\\",\\\"MessageId\\\":"
                     "\\\"9\\\",\\\"TopicArn\\\":\\\"t\\\",\\\"Message\\\":\\\"m\\\","
                     "\\\"Timestamp\\\":\\\"now\\\"}",
                     ""));

    (void)state;
    answered(json, "", ONE("1"), 1);
}

static void a_fifo_group_keeps_its_order(void **state)
{
    (void)state;
    answered(
        EVENT(RECORD("1", "a1", IN_GROUP("a")) "," //
              RECORD("2", "bad-a2", IN_GROUP("a")) "," RECORD("3", "b1",
                                                              IN_GROUP("b")) "," //
              RECORD("4", "a3", IN_GROUP("a")) "," RECORD(
                  "5", "bad-a4", IN_GROUP("a")) "," RECORD("6", "b2", IN_GROUP("b"))),
        "a1 bad-a2 b1 b2 ",
        "{\"batchItemFailures\":[{\"itemIdentifier\":\"2\"},"
        "{\"itemIdentifier\":\"4\"},{\"itemIdentifier\":\"5\"}]}",
        3);
}

#define OF_QUEUE(name)                                                                   \
    ",\"eventSourceARN\":\"arn:aws:sqs:eu-west-1:000000000000:" name "\""

/* A standard queue uses groups to be fair to all of them, and keeps no order. */
static void a_group_of_a_standard_queue_has_no_order_to_keep(void **state)
{
    (void)state;
    answered(EVENT(RECORD("1", "bad", IN_GROUP("a") OF_QUEUE("jobs")) "," //
                   RECORD("2", "b", IN_GROUP("a") OF_QUEUE("jobs"))),
             "bad b ", ONE("1"), 1);
    answered(EVENT(RECORD("1", "bad", IN_GROUP("a") OF_QUEUE("jobs.fifo")) "," //
                   RECORD("2", "b", IN_GROUP("a") OF_QUEUE("jobs.fifo"))),
             "bad ",
             "{\"batchItemFailures\":[{\"itemIdentifier\":\"1\"},"
             "{\"itemIdentifier\":\"2\"}]}",
             2);
}

/* No queue has such an event. After 64 failed groups all others count as failed. */
static void a_made_up_event_of_many_groups_costs_no_more(void **state)
{
    struct program program = {.failure = JANGLE_BUSY};
    struct jangle_aws_response response;
    char *json = NULL;
    size_t size;
    FILE *file = open_memstream(&json, &size);

    (void)state;
    fputs("{\"Records\":[", file);
    for (int i = 0; i < 1000; i++)
        fprintf(file,
                "%s{\"messageId\":\"%d\",\"body\":\"bad\",\"attributes\":"
                "{\"MessageGroupId\":\"%d\"}}",
                i ? "," : "", i, i);
    fputs("]}", file);
    fclose(file);
    assert_result(jangle_aws_answer(json, NULL, &response, refuse, &program, NULL),
                  JANGLE_OK);
    assert_int_equal(response.visited, 64);
    assert_int_equal(response.failed, 1000);
    jangle_aws_response_free(&response);
    free(json);
}

static void the_first_failure_says_why_without_the_body(void **state)
{
    struct program program = {.failure = JANGLE_STORAGE};
    struct jangle_aws_response response;

    (void)state;
    assert_result(
        jangle_aws_answer(EVENT(RECORD("1", "a", "") "," //
                                RECORD("2", "bad", "") "," RECORD("3", "bad", "")),
                          NULL, &response, take, &program, NULL),
        JANGLE_OK);
    assert_int_equal(response.visited, 3);
    assert_result(response.first.result, JANGLE_STORAGE);
    assert_string_equal(response.first.message,
                        "message \"2\": the program has returned STORAGE");
    jangle_aws_response_free(&response);
}

static enum jangle_result
say_why(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)context;
    (void)parcel;
    return jangle_error_set(error, JANGLE_INVALID, "the shelf is full");
}

static void the_first_failure_says_what_the_program_said(void **state)
{
    struct jangle_aws_response response;

    (void)state;
    assert_result(jangle_aws_answer(EVENT(RECORD("2", "a", "")), NULL, &response, say_why,
                                    NULL, NULL),
                  JANGLE_OK);
    assert_result(response.first.result, JANGLE_INVALID);
    assert_string_equal(response.first.message,
                        "message \"2\": INVALID: the shelf is full");
    jangle_aws_response_free(&response);
}

static void without_an_id_the_function_must_fail(void **state)
{
    struct program program = {0};
    struct jangle_aws_response response;
    struct jangle_error error;

    (void)state;
    assert_result(jangle_aws_answer(EVENT(RECORD("1", "a", "") ",{\"body\":\"a\"}"), NULL,
                                    &response, take, &program, &error),
                  JANGLE_INVALID);
    assert_string_equal(error.message,
                        "record 2: it is of SQS and has no `messageId`, by which an "
                        "answer could name it");
    assert_null(response.text);
    jangle_aws_response_free(&response);
}

/* Lambda reads no answer to such an event, and brings all of it again if the function
 * fails. */
static void an_event_of_sns_fails_as_a_whole(void **state)
{
    static const char json[] =
        "{\"Records\":[{\"Sns\":{\"Type\":\"Notification\",\"MessageId\":\"1\","
        "\"TopicArn\":\"t\",\"Message\":\"bad\"}}]}";
    struct program program = {.failure = JANGLE_BUSY};
    struct jangle_aws_response response;
    struct jangle_error error;

    (void)state;
    assert_result(jangle_aws_answer(json, NULL, &response, take, &program, &error),
                  JANGLE_BUSY);
    assert_null(response.text);
    program = (struct program){0};
    assert_result(jangle_aws_answer(json, NULL, &response, take, &program, &error),
                  JANGLE_OK);
    assert_string_equal(response.text, NONE);
    jangle_aws_response_free(&response);
    assert_result(jangle_aws_answer("{}", NULL, &response, take, &program, &error),
                  JANGLE_INVALID);
    assert_null(response.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_is_named_and_the_others_are_done),
        cmocka_unit_test(an_id_is_named_as_it_came),
        cmocka_unit_test(a_record_that_cannot_be_read_comes_again),
        cmocka_unit_test(a_confirmation_in_a_queue_is_no_message),
        cmocka_unit_test(a_fifo_group_keeps_its_order),
        cmocka_unit_test(a_group_of_a_standard_queue_has_no_order_to_keep),
        cmocka_unit_test(a_made_up_event_of_many_groups_costs_no_more),
        cmocka_unit_test(the_first_failure_says_why_without_the_body),
        cmocka_unit_test(the_first_failure_says_what_the_program_said),
        cmocka_unit_test(without_an_id_the_function_must_fail),
        cmocka_unit_test(an_event_of_sns_fails_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
