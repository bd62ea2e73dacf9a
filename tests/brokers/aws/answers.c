/* answers.c - what is made of what Amazon answers: to each message of a batch, to
 * messages that were received, and when it refuses, or says nothing that can be read. */
#include "brokers/aws/line.h"
#include "brokers/server_process.h"

#include <stdlib.h>

static struct stand_in *server;
static struct jangle_transport *transport;
static struct jangle_aws_options options;

static int begin(void **state)
{
    (void)state;
    server = stand_in_start(AWS_SECRET);
    options = aws_options(stand_in_endpoint(server));
    options.credentials.session_token = AWS_TOKEN;
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

#define MD5_A "0cc175b9c0f1b6a831c399e269772661" /* of "a" */
#define MD5_B "92eb5ffee6ae2fec3ad71c777531578f" /* of "b" */

/* ---- batches --------------------------------------------------------------- */

static void
publish_three(const char *topic, const char *queue, enum jangle_result *results)
{
    struct jangle_parcel parcels[3] = {aws_parcel(topic, queue, "a"),
                                       aws_parcel(topic, queue, "b"),
                                       aws_parcel(topic, queue, "b")};

    assert_result(transport->ops->publish(transport, parcels, 3, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    for (size_t i = 0; i < 3; i++)
        results[i] = parcels[i].result;
}

/* One is stored, one is refused, and of the third nothing is said. */
static void each_message_for_a_queue_has_its_own_result(void **state)
{
    enum jangle_result results[3];

    (void)state;
    stand_in_answer(server, 200,
                    "{\"Successful\":[{\"Id\":\"1\",\"MessageId\":\"m\","
                    "\"MD5OfMessageBody\":\"" MD5_B
                    "\"}],\"Failed\":[{\"Id\":\"0\","
                    "\"Code\":\"InvalidMessageContents\",\"SenderFault\":true}]}");
    publish_three(NULL, AWS_QUEUE, results);
    assert_result(results[0], JANGLE_INVALID);
    assert_result(results[1], JANGLE_OK);
    assert_result(results[2], JANGLE_TIMEOUT);
}

static void each_message_for_a_topic_has_its_own_result(void **state)
{
    enum jangle_result results[3];

    (void)state;
    stand_in_answer(server, 200,
                    "<PublishBatchResponse><PublishBatchResult><Failed><member>"
                    "<Id>2</Id><Code>InternalError</Code><SenderFault>false</SenderFault>"
                    "</member></Failed><Successful><member><MessageId>m</MessageId>"
                    "<Id>0</Id></member></Successful></PublishBatchResult>"
                    "</PublishBatchResponse>");
    publish_three(AWS_TOPIC, NULL, results);
    assert_result(results[0], JANGLE_OK);
    assert_result(results[1], JANGLE_TIMEOUT);
    assert_result(results[2], JANGLE_BUSY);
}

static void another_md5_is_no_confirmation(void **state)
{
    (void)state;
    stand_in_answer(server, 200,
                    "{\"Successful\":[{\"Id\":\"0\",\"MD5OfMessageBody\":\"" MD5_B
                    "\"}]}");
    assert_result(aws_publish(transport, aws_parcel(NULL, AWS_QUEUE, "a"), NULL),
                  JANGLE_TIMEOUT);
    stand_in_answer(server, 200,
                    "{\"Successful\":[{\"Id\":\"0\",\"MD5OfMessageBody\":\"" MD5_A
                    "\"}]}");
    assert_result(aws_publish(transport, aws_parcel(NULL, AWS_QUEUE, "a"), NULL),
                  JANGLE_OK);
}

/* The digest of {"id": "b"}, which SQS computes from lengths, types and values. */
static void another_md5_of_the_attributes_is_no_confirmation(void **state)
{
    struct jangle_parcel parcel = aws_parcel(NULL, AWS_QUEUE, "a");

    (void)state;
    parcel.id = "b";
    stand_in_answer(server, 200,
                    "{\"Successful\":[{\"Id\":\"0\",\"MD5OfMessageBody\":\"" MD5_A
                    "\",\"MD5OfMessageAttributes\":\"" MD5_A "\"}]}");
    assert_result(aws_publish(transport, parcel, NULL), JANGLE_TIMEOUT);
}

/* A whole batch is refused for one of its messages; the others are sent alone. */
static void a_bad_message_does_not_harm_its_batch(void **state)
{
    static const char *const good[] = {
        "{\"Successful\":[{\"Id\":\"0\",\"MD5OfMessageBody\":\"" MD5_A "\"}]}",
        "{\"Successful\":[{\"Id\":\"0\",\"MD5OfMessageBody\":\"" MD5_B "\"}]}"};
    static const char refused[] =
        "{\"__type\":\"com.amazonaws.sqs#InvalidParameterValue\"}";
    enum jangle_result results[3];

    (void)state;
    stand_in_answer(server, 400, refused);
    stand_in_answer(server, 200, good[0]);
    stand_in_answer(server, 400, refused);
    stand_in_answer(server, 200, good[1]);
    publish_three(NULL, AWS_QUEUE, results);
    assert_result(results[0], JANGLE_OK);
    assert_result(results[1], JANGLE_INVALID);
    assert_result(results[2], JANGLE_OK);
}

/* Ten of 100 KiB: no request has more than 256 KiB of messages, or ten of them. */
static void large_messages_go_in_several_requests(void **state)
{
    enum { SIZE = 100 << 10 };
    static char body[SIZE + 1];
    struct jangle_parcel parcels[10];

    (void)state;
    memset(body, 'x', SIZE);
    for (size_t i = 0; i < 10; i++)
        parcels[i] = aws_parcel(NULL, AWS_QUEUE, body);
    transport->ops->publish(transport, parcels, 10, LINE_WAIT_MS, NULL);
    assert_int_equal(stand_in_count(server), 5);
    for (size_t i = 0; i < 5; i++)
        assert_in_range(stand_in_request(server, i).body_size, 2 * SIZE, 2 * SIZE + 1000);
}

/* Each of 12 small ones has an entry of its own, ten in the first request. */
static void no_request_has_more_than_ten_messages(void **state)
{
    struct jangle_parcel parcels[12];

    (void)state;
    for (size_t i = 0; i < 12; i++)
        parcels[i] = aws_parcel(NULL, AWS_QUEUE, "a");
    transport->ops->publish(transport, parcels, 12, LINE_WAIT_MS, NULL);
    assert_int_equal(stand_in_count(server), 2);
    assert_non_null(strstr(stand_in_request(server, 0).body, "\"Id\":\"9\""));
    assert_null(strstr(stand_in_request(server, 1).body, "\"Id\":\"2\""));
}

static void a_message_that_is_too_large_is_not_sent(void **state)
{
    struct jangle_parcel parcel = aws_parcel(NULL, AWS_QUEUE, "a");
    char *body = calloc(1, transport->ops->body_bytes + 1);

    (void)state;
    assert_non_null(body);
    parcel.body = body;
    parcel.body_size = transport->ops->body_bytes + 1;
    transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, NULL);
    assert_result(parcel.result, JANGLE_INVALID);
    assert_int_equal(stand_in_count(server), 0);
    free(body);
}

/* ---- refusals -------------------------------------------------------------- */

struct refusal {
    int status;
    const char *answer;
    enum jangle_result result;
    const char *sentence; /* a part of it */
};

static const struct refusal refusals[] = {
    {400, "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\"}", JANGLE_NOT_FOUND, NULL},
    {403, "{\"__type\":\"AccessDenied\",\"message\":\"User x may not do it\"}",
     JANGLE_BUSY, "User x may not do it"},
    {403,
     "{\"__type\":\"InvalidSignatureException\",\"message\":\"expected token:" AWS_TOKEN
     "\"}",
     JANGLE_BUSY, "InvalidSignatureException"},
    {403, "{\"__type\":\"Odd\",\"message\":\"your key " AWS_KEY " is odd\"}", JANGLE_BUSY,
     "Odd"},
    {400, "{\"__type\":\"com.amazon.coral.service#InvalidParameterValueException\"}",
     JANGLE_INVALID, NULL},
    {400, "{\"__type\":\"com.amazon.coral.service#MissingRequiredParameterException\"}",
     JANGLE_INVALID, NULL},
    {503, "busy", JANGLE_BUSY, "503"},
    {500, "broken", JANGLE_TIMEOUT, "500"},
    {302, "", JANGLE_BUSY, "302"},
    {200, "no JSON", JANGLE_TIMEOUT, "cannot be read"},
};

/* Each is told in a sentence that holds no secret, and a redirect is not followed. */
static void a_refusal_is_told_without_a_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct jangle_error error = {0};
        size_t before = stand_in_count(server);

        stand_in_answer(server, refusals[i].status, refusals[i].answer);
        assert_result(aws_publish(transport, aws_parcel(NULL, AWS_QUEUE, "a"), &error),
                      refusals[i].result);
        if (refusals[i].sentence && !strstr(error.message, refusals[i].sentence))
            fail_msg("%zu: %s", i, error.message);
        assert_int_equal(stand_in_count(server), before + 1);
    }
}

/* On a connection that has carried nothing before; on another one libcurl sends it once
 * more by itself. */
static void a_connection_that_breaks_is_a_timeout(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    stand_in_answer(server, STAND_IN_HANGS_UP, "");
    assert_result(aws_publish(transport, aws_parcel(NULL, AWS_QUEUE, "a"), &error),
                  JANGLE_TIMEOUT);
    assert_non_null(strstr(error.message, "has not answered"));
}

static void silence_is_a_timeout(void **state)
{
    struct jangle_parcel parcel = aws_parcel(NULL, AWS_QUEUE, "a");

    (void)state;
    stand_in_answer(server, STAND_IN_SILENT, "");
    assert_result(transport->ops->publish(transport, &parcel, 1, 300, NULL),
                  JANGLE_TIMEOUT);
    assert_result(parcel.result, JANGLE_TIMEOUT);
}

/* SQS refuses a second purge, and a queue that was just removed, for 60 seconds. */
static void a_purge_soon_after_another_is_busy(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    stand_in_answer(server, 403,
                    "{\"__type\":\"com.amazonaws.sqs#PurgeQueueInProgress\"}");
    assert_result(transport->ops->purge(transport, AWS_QUEUE, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "PurgeQueueInProgress"));
}

/* ---- messages that come ---------------------------------------------------- */

#define MESSAGE(number, body, md5)                                                       \
    "{\"MessageId\":\"m" number "\",\"ReceiptHandle\":\"h" number                        \
    "\",\"MD5OfBody\":\"" md5 "\",\"Body\":\"" body "\"}"

static void attach(struct jangle_transport *to)
{
    const struct jangle_queue queue = {.name = AWS_QUEUE, .dead = AWS_QUEUE "-dead"};

    assert_result(to->ops->attach(to, &queue, NULL, 0, NULL), JANGLE_OK);
}

static void a_damaged_message_is_not_handed_out(void **state)
{
    struct jangle_error error = {0};
    struct jangle_parcel *parcels;
    struct jangle_parcel parcel;
    size_t count;

    (void)state;
    attach(transport);
    stand_in_answer(
        server, 200,
        "{\"Messages\":[" MESSAGE("1", "a", MD5_B) "," MESSAGE("2", "b", MD5_B) "]}");
    parcel = line_receive(transport);
    line_assert_body(&parcel, "b");
    stand_in_answer(server, STAND_IN_SILENT, "");
    assert_result(
        transport->ops->receive(transport, 1, LINE_BYTES, 1, &parcels, &count, &error),
        JANGLE_BUSY);
    assert_non_null(strstr(error.message, "damaged"));
}

/* The time of a message that is in hand is prolonged when half of it is over, and neither
 * before that nor beyond Amazon's 12 hours. */
static void what_is_in_hand_is_prolonged(void **state)
{
    int64_t now_us = 1000000;
    struct jangle_transport *other = aws_open_at(&options, &now_us);
    struct jangle_parcel parcel;
    size_t before;

    (void)state;
    attach(other);
    stand_in_answer(server, 200, "{\"Messages\":[" MESSAGE("1", "a", MD5_A) "]}");
    parcel = line_receive(other);
    before = stand_in_count(server);
    now_us += 14000000;
    assert_result(other->ops->tend(other, NULL), JANGLE_OK);
    assert_int_equal(stand_in_count(server), before);
    now_us += 2000000;
    stand_in_answer(server, 200, "{\"Successful\":[{\"Id\":\"0\"}]}");
    assert_result(other->ops->tend(other, NULL), JANGLE_OK);
    assert_int_equal(stand_in_count(server), before + 1);
    assert_non_null(
        strstr(stand_in_request(server, before).body, "\"VisibilityTimeout\":30"));
    now_us += 29000000;
    stand_in_answer(server, 200, "{\"Successful\":[{\"Id\":\"0\"}]}");
    assert_result(line_settle(other, &parcel, JANGLE_TAKEN), JANGLE_OK);
    line_close(other);
}

static void what_was_not_prolonged_is_in_conflict(void **state)
{
    static const enum jangle_disposition dispositions[] = {JANGLE_TAKEN, JANGLE_AGAIN,
                                                           JANGLE_DEAD};
    int64_t now_us = 1000000;
    struct jangle_transport *other = aws_open_at(&options, &now_us);

    (void)state;
    attach(other);
    for (size_t i = 0; i < 3; i++) {
        struct jangle_parcel parcel;
        size_t before;

        stand_in_answer(server, 200, "{\"Messages\":[" MESSAGE("1", "a", MD5_A) "]}");
        parcel = line_receive(other);
        before = stand_in_count(server);
        now_us += 30000000;
        assert_result(line_settle(other, &parcel, dispositions[i]), JANGLE_CONFLICT);
        assert_int_equal(stand_in_count(server), before);
    }
    line_close(other);
}

/* A dead letter is deleted only if its copy is certain. */
static void without_a_copy_nothing_is_deleted(void **state)
{
    struct jangle_parcel parcel;
    size_t before;

    (void)state;
    attach(transport);
    stand_in_answer(server, 200, "{\"Messages\":[" MESSAGE("1", "a", MD5_A) "]}");
    parcel = line_receive(transport);
    before = stand_in_count(server);
    stand_in_answer(server, 200, "{\"Successful\":[]}");
    assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_BUSY);
    assert_int_equal(stand_in_count(server), before + 2);
    assert_non_null(strstr(stand_in_request(server, before).head, "SendMessageBatch"));
    assert_non_null(strstr(stand_in_request(server, before + 1).head,
                           "ChangeMessageVisibilityBatch"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_message_for_a_queue_has_its_own_result,
                                        begin, end),
        cmocka_unit_test_setup_teardown(each_message_for_a_topic_has_its_own_result,
                                        begin, end),
        cmocka_unit_test_setup_teardown(another_md5_is_no_confirmation, begin, end),
        cmocka_unit_test_setup_teardown(another_md5_of_the_attributes_is_no_confirmation,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_bad_message_does_not_harm_its_batch, begin,
                                        end),
        cmocka_unit_test_setup_teardown(large_messages_go_in_several_requests, begin,
                                        end),
        cmocka_unit_test_setup_teardown(no_request_has_more_than_ten_messages, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_message_that_is_too_large_is_not_sent, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_refusal_is_told_without_a_secret, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_that_breaks_is_a_timeout, begin,
                                        end),
        cmocka_unit_test_setup_teardown(silence_is_a_timeout, begin, end),
        cmocka_unit_test_setup_teardown(a_purge_soon_after_another_is_busy, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_message_is_not_handed_out, begin, end),
        cmocka_unit_test_setup_teardown(what_is_in_hand_is_prolonged, begin, end),
        cmocka_unit_test_setup_teardown(what_was_not_prolonged_is_in_conflict, begin,
                                        end),
        cmocka_unit_test_setup_teardown(without_a_copy_nothing_is_deleted, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
