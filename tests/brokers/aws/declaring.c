/* declaring.c - what is asked of Amazon when a queue is declared, and that what others
 * have set stays. */
#include "brokers/aws/line.h"

static struct stand_in *server;
static struct jangle_aws_options options;
static struct jangle_transport *transport;

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

static enum jangle_result declare(const struct jangle_queue *queue,
                                  struct jangle_error *error)
{
    return transport->ops->declare_queue(transport, queue, error);
}

static void assert_asked(size_t number, const char *text)
{
    struct stand_in_request request = stand_in_request(server, number);

    if (!strstr(request.body, text) && !strstr(request.head, text))
        fail_msg("request %zu has no %s: %s%s", number, text, request.head, request.body);
}

static const struct jangle_queue bound = {.name = AWS_QUEUE, .topic = AWS_TOPIC};

#define SUBSCRIBED                                                                       \
    "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>"  \
    "<member><SubscriptionArn>arn:of:it</SubscriptionArn><Protocol>sqs</Protocol>"       \
    "<Endpoint>arn:aws:sqs:us-east-1:000000000000:jobs</Endpoint></member>"              \
    "</Subscriptions></ListSubscriptionsByTopicResult>"                                  \
    "</ListSubscriptionsByTopicResponse>"

/* ---- the policy ------------------------------------------------------------ */

static void the_policy_of_others_stays(void **state)
{
    (void)state;
    stand_in_answer(server, 200,
                    "{\"Attributes\":{\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\","
                    "\\\"Statement\\\":{\\\"Sid\\\":\\\"theirs\\\"}}\"}}");
    assert_result(declare(&bound, NULL), JANGLE_OK);
    assert_int_equal(stand_in_count(server), 4);
    assert_asked(1, "AmazonSQS.SetQueueAttributes");
    assert_asked(1, "{\\\"Sid\\\":\\\"theirs\\\"}");
    assert_asked(1, "\\\"aws:SourceArn\\\":\\\"" AWS_TOPIC "\\\"");
    assert_asked(1, "\\\"Resource\\\":\\\"arn:aws:sqs:us-east-1:000000000000:jobs\\\"");
    assert_asked(3, "Action=Subscribe");
    assert_asked(3, "RawMessageDelivery");
}

static void a_right_that_is_there_is_not_given_again(void **state)
{
    (void)state;
    stand_in_answer(
        server, 200,
        "{\"Attributes\":{\"Policy\":\"{\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\","
        "\\\"Action\\\":\\\"SQS:SendMessage\\\","
        "\\\"Condition\\\":{\\\"ArnEquals\\\":{\\\"aws:SourceArn\\\":\\\"" AWS_TOPIC
        "\\\"}}}]}\"}}");
    stand_in_answer(server, 200, SUBSCRIBED);
    assert_result(declare(&bound, NULL), JANGLE_OK);
    assert_int_equal(stand_in_count(server), 3);
    assert_asked(1, "Action=ListSubscriptionsByTopic");
    assert_asked(2, "Action=GetSubscriptionAttributes");
}

/* ---- filters --------------------------------------------------------------- */

static void answer_filter(const char *policy)
{
    stand_in_answer(server, 200, "{\"Attributes\":{}}");
    stand_in_answer(server, 200, "{}");
    stand_in_answer(server, 200, SUBSCRIBED);
    stand_in_answer(server, 200, policy);
}

#define FILTER(policy)                                                                   \
    "<R><Attributes><entry><key>FilterPolicy</key><value>" policy                        \
    "</value></entry></Attributes></R>"

static void routes_are_added_to_a_filter(void **state)
{
    static const char *const routes[] = {"coin.in", "coin.out", NULL};
    struct jangle_queue queue = bound;

    (void)state;
    queue.routes = routes;
    answer_filter(FILTER("{\"type\":[\"theirs\",\"coin.in\"]}"));
    assert_result(declare(&queue, NULL), JANGLE_OK);
    assert_asked(4, "Action=SetSubscriptionAttributes");
    assert_asked(4, "%5B%22theirs%22%2C%22coin.in%22%2C%22coin.out%22%5D");
}

static void a_filter_of_others_is_not_changed(void **state)
{
    static const char *const routes[] = {"coin.in", NULL};
    struct jangle_queue queue = bound;
    struct jangle_error error = {0};

    (void)state;
    queue.routes = routes;
    answer_filter(FILTER("{\"store\":[{\"prefix\":\"a\"}]}"));
    assert_result(declare(&queue, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "jobs has a filter policy that jangle"));
    assert_int_equal(stand_in_count(server), 4);
}

static const char absent[] = "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\"}";

/* ---- attributes ------------------------------------------------------------ */

static void new_queues_keep_long_and_have_a_net(void **state)
{
    static const struct jangle_aws_attribute attributes[] = {{"KmsMasterKeyId", "a key"},
                                                             {0}};
    const struct jangle_queue queue = {.name = "the.jobs", .dead = "jobs.dead"};
    size_t last = 4;

    (void)state;
    line_close(transport);
    options.attributes = attributes;
    transport = aws_open(&options);
    for (int i = 0; i < 3; i++) /* the queue under two names, and the dead one */
        stand_in_answer(server, 400, absent);
    stand_in_answer(
        server, 200,
        "{\"QueueUrl\":\"http://sqs.us-east-1.localhost/000000000000/jobs_dead\"}");
    stand_in_answer(server, 200, "{\"QueueUrl\":\"" AWS_QUEUE "\"}");
    assert_result(declare(&queue, NULL), JANGLE_OK);
    assert_int_equal(stand_in_count(server), last + 1);
    for (size_t i = last - 1; i <= last; i++) {
        assert_asked(i, "AmazonSQS.CreateQueue");
        assert_asked(i, "\"MessageRetentionPeriod\":\"1209600\"");
        assert_asked(i, "\"KmsMasterKeyId\":\"a key\"");
    }
    assert_asked(last - 1, "\"QueueName\":\"jobs_dead\"");
    assert_asked(last, "\"QueueName\":\"the_jobs\"");
    assert_asked(last, "\\\"maxReceiveCount\\\":\\\"1000\\\"");
    assert_asked(last, "arn:aws:sqs:us-east-1:000000000000:jobs_dead");
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    struct jangle_queue queue = {.in_order = true};
    struct jangle_error error = {0};
    char name[77];

    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    queue.name = name;
    stand_in_answer(server, 400, absent);
    assert_result(declare(&queue, &error), JANGLE_INVALID);
    assert_int_equal(stand_in_count(server), 1); /* without ".fifo" it is not too long */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_policy_of_others_stays, begin, end),
        cmocka_unit_test_setup_teardown(a_right_that_is_there_is_not_given_again, begin,
                                        end),
        cmocka_unit_test_setup_teardown(routes_are_added_to_a_filter, begin, end),
        cmocka_unit_test_setup_teardown(a_filter_of_others_is_not_changed, begin, end),
        cmocka_unit_test_setup_teardown(new_queues_keep_long_and_have_a_net, begin, end),
        cmocka_unit_test_setup_teardown(a_name_that_is_too_long_is_refused, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
