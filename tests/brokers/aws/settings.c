/* settings.c - URLs, options and the environment of a broker of AWS. */
#include "brokers/aws/line.h"

#include <stdlib.h>

static enum jangle_result try_open(const char *url,
                                   const struct jangle_aws_options *options,
                                   struct jangle_error *error)
{
    static const struct jangle_host host;
    struct jangle_broker broker = jangle_aws(url, options);
    struct jangle_transport *transport = NULL;

    *error = (struct jangle_error){0};
    if (broker.open(&broker, &host, "test", &transport, error) == JANGLE_OK)
        transport->ops->close(transport);
    aws_assert_no_secret(error->message);
    return error->result;
}

static void a_url_is_a_region(void **state)
{
    static const char *const wrong[] = {
        NULL,
        "",
        "sqs://",
        "sqs://US-EAST-1",
        "sqs://a/b",
        "https://x",
        "sqs:us",
        "sqs://us-east-1/",
        "sqs://u:p@us-1",
        "sqs://an-endless-name-of-a-region-that-nobody-has-heard-of"};
    struct jangle_aws_options options = aws_options(NULL);
    struct jangle_error error;

    (void)state;
    assert_result(try_open("sqs://us-west-2", &options, &error), JANGLE_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_result(try_open(wrong[i], &options, &error), JANGLE_INVALID);
}

static void set(struct jangle_aws_options *options, int which)
{
    switch (which) {
    case 0:
        options->credentials.access_key_id = NULL;
        return;
    case 1:
        options->credentials.secret_access_key = "";
        return;
    case 2:
        options->credentials.session_token = "two\r\nlines";
        return;
    case 3:
        options->endpoint = "ftp://localhost";
        return;
    case 4:
        options->endpoint = "http://me:" AWS_SECRET "@localhost";
        return;
    case 5:
        options->visibility_ms = 1500;
        return;
    case 6:
        options->visibility_ms = 43201000;
        return;
    case 7:
        options->wait_ms = 21000;
        return;
    default:
        options->connect_ms = -1;
    }
}

static void options_out_of_their_bounds_are_refused(void **state)
{
    static const char *const named[] = {"credentials",   "credentials", "credentials",
                                        "endpoint",      "endpoint",    "visibility_ms",
                                        "visibility_ms", "wait_ms",     "connect_ms"};
    struct jangle_error error;

    (void)state;
    for (int i = 0; i < 9; i++) {
        struct jangle_aws_options options = aws_options("http://localhost:1");

        assert_result(try_open("sqs://us-west-2", &options, &error), JANGLE_OK);
        set(&options, i);
        assert_result(try_open("sqs://us-west-2", &options, &error), JANGLE_INVALID);
        assert_non_null(strstr(error.message, named[i]));
    }
    assert_result(try_open("sqs://us-west-2", NULL, &error), JANGLE_INVALID);
}

/* ---- the environment ------------------------------------------------------- */

static int clear(void **state)
{
    static const char *const names[] = {"AWS_REGION",        "AWS_DEFAULT_REGION",
                                        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    return 0;
}

static enum jangle_result
read_env(char *url, struct jangle_aws_options *options, struct jangle_error *error)
{
    *error =
        (struct jangle_error){.result = JANGLE_BUSY, .message = "of an earlier call"};
    jangle_aws_from_env(url, options, error);
    aws_assert_no_secret(error->message);
    return error->result;
}

static void the_environment_describes_a_broker(void **state)
{
    struct jangle_aws_options options = {.standard = true};
    char url[JANGLE_AWS_URL_SIZE];
    struct jangle_error error;

    (void)state;
    setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
    setenv("AWS_ACCESS_KEY_ID", AWS_KEY, 1);
    setenv("AWS_SECRET_ACCESS_KEY", AWS_SECRET, 1);
    setenv("AWS_SESSION_TOKEN", AWS_TOKEN, 1);
    setenv("AWS_ENDPOINT_URL", "http://localhost:4566", 1);
    assert_result(read_env(url, &options, &error), JANGLE_OK);
    assert_string_equal(url, "sqs://eu-west-1");
    assert_string_equal(options.credentials.access_key_id, AWS_KEY);
    assert_string_equal(options.credentials.secret_access_key, AWS_SECRET);
    assert_string_equal(options.credentials.session_token, AWS_TOKEN);
    assert_string_equal(options.endpoint, "http://localhost:4566");
    assert_true(options.standard);
    setenv("AWS_REGION", "eu-west-1", 1);
    assert_result(read_env(url, &options, &error), JANGLE_OK);
}

static void two_regions_that_differ_are_both_named(void **state)
{
    struct jangle_aws_options options = {0};
    char url[JANGLE_AWS_URL_SIZE];
    struct jangle_error error;

    (void)state;
    setenv("AWS_REGION", "eu-west-1", 1);
    setenv("AWS_DEFAULT_REGION", "eu-west-2", 1);
    assert_result(read_env(url, &options, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "AWS_REGION is eu-west-1"));
    assert_non_null(strstr(error.message, "AWS_DEFAULT_REGION is eu-west-2"));
}

static void a_variable_that_is_missing_is_named(void **state)
{
    struct jangle_aws_options options = {0};
    char url[JANGLE_AWS_URL_SIZE];
    struct jangle_error error;

    (void)state;
    assert_result(read_env(url, &options, &error), JANGLE_NOT_FOUND);
    setenv("AWS_ACCESS_KEY_ID", AWS_KEY, 1);
    assert_result(read_env(url, &options, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "AWS_REGION"));
    setenv("AWS_REGION", "eu-west-1", 1);
    assert_result(read_env(url, &options, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "AWS_SECRET_ACCESS_KEY"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_a_region),
        cmocka_unit_test(options_out_of_their_bounds_are_refused),
        cmocka_unit_test_setup(the_environment_describes_a_broker, clear),
        cmocka_unit_test_setup(two_regions_that_differ_are_both_named, clear),
        cmocka_unit_test_setup(a_variable_that_is_missing_is_named, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
