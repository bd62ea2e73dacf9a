/* signing.c - what is sent is signed as Amazon checks it, with every header that is sent
 * and with none that is not. */
#include "brokers/aws/line.h"

#include <stdlib.h>

static struct stand_in *server;

static int begin(void **state)
{
    (void)state;
    server = stand_in_start(AWS_SECRET);
    return 0;
}

static int end(void **state)
{
    (void)state;
    stand_in_stop(server);
    return 0;
}

/* Requests of all three services. What they are answered does not matter here. */
static void send_all(const struct jangle_aws_options *options)
{
    struct jangle_transport *transport = aws_open(options);
    char large[100 << 10];
    struct jangle_parcel parcel = aws_parcel(NULL, AWS_QUEUE, large);

    memset(large, '+', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    parcel.body_size = sizeof large - 1;
    aws_publish(transport, aws_parcel(AWS_TOPIC, NULL, "some + news & more"), NULL);
    aws_publish(transport, aws_parcel(NULL, AWS_QUEUE, "a \"job\""), NULL);
    aws_publish(transport, parcel, NULL);
    transport->ops->declare_topic(transport, "other news", NULL);
    line_close(transport);
}

static void assert_all_signed(size_t count)
{
    assert_int_equal(stand_in_count(server), count);
    for (size_t i = 0; i < count; i++) {
        struct stand_in_request request = stand_in_request(server, i);

        if (request.fault)
            fail_msg("request %zu: %s", i, request.fault);
    }
}

static void requests_are_signed(void **state)
{
    struct jangle_aws_options options = aws_options(stand_in_endpoint(server));

    (void)state;
    send_all(&options);
    assert_all_signed(4);
}

static void a_session_token_is_sent_and_signed(void **state)
{
    struct jangle_aws_options options = aws_options(stand_in_endpoint(server));

    (void)state;
    options.credentials.session_token = AWS_TOKEN;
    send_all(&options);
    assert_all_signed(4);
    for (size_t i = 0; i < 4; i++) {
        char *token =
            stand_in_header(stand_in_request(server, i).head, "x-amz-security-token");

        assert_string_equal(token, AWS_TOKEN);
        free(token);
    }
}

/* The server finds what is wrong: else the tests above would say nothing. */
static void another_key_is_noticed(void **state)
{
    struct jangle_aws_options options = aws_options(stand_in_endpoint(server));

    (void)state;
    options.credentials.secret_access_key = "another secret";
    send_all(&options);
    assert_string_equal(stand_in_request(server, 0).fault, "the signature is another");
}

static void nothing_waits_for_permission_to_send_a_body(void **state)
{
    struct jangle_aws_options options = aws_options(stand_in_endpoint(server));

    (void)state;
    send_all(&options);
    for (size_t i = 0; i < 4; i++)
        assert_null(stand_in_header(stand_in_request(server, i).head, "expect"));
}

struct giver {
    int calls;
    bool has_none;
};

static bool give(void *context, struct jangle_aws_credentials *credentials)
{
    struct giver *giver = context;

    giver->calls++;
    *credentials = (struct jangle_aws_credentials){AWS_KEY, AWS_SECRET, AWS_TOKEN};
    return !giver->has_none;
}

static void credentials_are_asked_for_before_each_request(void **state)
{
    struct giver giver = {.calls = 0};
    const struct jangle_aws_options options = {
        .endpoint = stand_in_endpoint(server), .provide = give, .context = &giver};

    (void)state;
    send_all(&options);
    assert_int_equal(giver.calls, 4);
    assert_all_signed(4);
}

static void without_credentials_nothing_is_sent(void **state)
{
    struct giver giver = {.has_none = true};
    const struct jangle_aws_options options = {
        .endpoint = stand_in_endpoint(server), .provide = give, .context = &giver};
    struct jangle_transport *transport = aws_open(&options);
    struct jangle_error error = {0};

    (void)state;
    assert_result(aws_publish(transport, aws_parcel(AWS_TOPIC, NULL, "x"), &error),
                  JANGLE_BUSY);
    assert_string_equal(error.message, "the program has no credentials for AWS now");
    assert_int_equal(stand_in_count(server), 0);
    line_close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_signed, begin, end),
        cmocka_unit_test_setup_teardown(a_session_token_is_sent_and_signed, begin, end),
        cmocka_unit_test_setup_teardown(another_key_is_noticed, begin, end),
        cmocka_unit_test_setup_teardown(nothing_waits_for_permission_to_send_a_body,
                                        begin, end),
        cmocka_unit_test_setup_teardown(credentials_are_asked_for_before_each_request,
                                        begin, end),
        cmocka_unit_test_setup_teardown(without_credentials_nothing_is_sent, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
