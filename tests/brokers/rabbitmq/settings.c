/* settings.c - URLs, options and the environment of RabbitMQ. No broker is
 * needed. */
#include "rabbitmq/shown.h"
#include "support/test.h"

#include <jangle/transport/rabbitmq.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char *const variables[] = {"JANGLE_RABBITMQ_URL",    "RABBITMQ_HOST",
                                        "RABBITMQ_PORT",          "RABBITMQ_USER",
                                        "RABBITMQ_PASSWORD",      "RABBITMQ_HEARTBEAT",
                                        "RABBITMQ_PREFETCH_COUNT"};

static int forget_variables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    return 0;
}

static enum jangle_result open_broker(const char *url,
                                      const struct jangle_rabbitmq_options *options,
                                      struct jangle_error *error)
{
    struct jangle_broker broker = jangle_rabbitmq(url, options);
    const struct jangle_host host = {0};
    struct jangle_transport *transport = NULL;
    enum jangle_result result = broker.open(&broker, &host, "test", &transport, error);

    assert_true((transport != NULL) == (result == JANGLE_OK));
    if (transport)
        transport->ops->close(transport);
    return result;
}

static void urls_that_are_valid(void **state)
{
    static const char *const urls[] = {
        "amqp://localhost", "amqp://localhost:5672/", "amqp://u:p@localhost/v",
        "amqp://u%40x:p%2Fw@[::1]:5672/%2Fv", "amqp://u@host.example/a-b"};

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_result(open_broker(urls[i], NULL, NULL), JANGLE_OK);
}

static void urls_that_are_not(void **state)
{
    static const char *const urls[] = {"",
                                       "http://localhost",
                                       "amqp://",
                                       "amqp://:5672/",
                                       "amqp://u:s3cret@",
                                       "amqp://u:s3cret@localhost:0",
                                       "amqp://u:s3cret@localhost:99999",
                                       "amqp://u:s3cret@localhost:5672x",
                                       "amqp://u:s3cret%2@localhost",
                                       "amqp://u:s3cret@[::1",
                                       "amqp://u:s3cret@localhost/a/b",
                                       "amqp://u:s3cret@localhost/a@b",
                                       "amqp://u:s3cret@localhost/%zz"};

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct jangle_error error = {0};

        assert_result(open_broker(urls[i], NULL, &error), JANGLE_INVALID);
        assert_true(error.message[0]);
        assert_null(strstr(error.message, "s3cret"));
    }
    assert_result(open_broker(NULL, NULL, NULL), JANGLE_INVALID);
}

static void each_host_is_checked(void **state)
{
    const char *const more[] = {"amqp://fine", "amqp://", NULL};
    const struct jangle_rabbitmq_options options = {.urls = more};
    struct jangle_error error = {0};

    (void)state;
    assert_result(open_broker("amqp://first", &options, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "number 3"));
}

static void options_that_are_not_valid(void **state)
{
    static const struct jangle_rabbitmq_options options[] = {
        {.queues = (enum jangle_rabbitmq_queues)7},
        {.heartbeat_ms = 10},
        {.prefetch = 70000},
        {.prefetch = -1},
        {.connect_ms = 31000},
        {.cert_file = "alone.pem"}};

    (void)state;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_result(open_broker("amqp://localhost", &options[i], NULL), JANGLE_INVALID);
}

static void the_environment_may_say_nothing(void **state)
{
    struct jangle_rabbitmq_options options = {0};
    char url[JANGLE_RABBITMQ_URL_SIZE] = "";

    (void)state;
    assert_result(jangle_rabbitmq_from_env(url, &options, NULL), JANGLE_NOT_FOUND);
}

static void parts_make_a_url(void **state)
{
    struct jangle_rabbitmq_options options = {0};
    char url[JANGLE_RABBITMQ_URL_SIZE] = "";

    (void)state;
    setenv("RABBITMQ_HOST", "broker", 1);
    setenv("RABBITMQ_PASSWORD", "a/b@c", 1);
    setenv("RABBITMQ_HEARTBEAT", "60", 1);
    setenv("RABBITMQ_PREFETCH_COUNT", "1", 1);
    assert_result(jangle_rabbitmq_from_env(url, &options, NULL), JANGLE_OK);
    assert_string_equal(url, "amqp://guest:a%2Fb%40c@broker:5672");
    assert_int_equal(options.heartbeat_ms, 60000);
    assert_int_equal(options.prefetch, 1);
}

static void what_differs_is_named_twice(void **state)
{
    struct jangle_rabbitmq_options options = {0};
    char url[JANGLE_RABBITMQ_URL_SIZE] = "";
    struct jangle_error error = {0};

    (void)state;
    setenv("JANGLE_RABBITMQ_URL", "amqp://u:s3cret@broker", 1);
    setenv("RABBITMQ_HOST", "broker", 1);
    assert_result(jangle_rabbitmq_from_env(url, &options, &error), JANGLE_OK);
    setenv("RABBITMQ_PASSWORD", "0ther", 1);
    assert_result(jangle_rabbitmq_from_env(url, &options, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "JANGLE_RABBITMQ_URL"));
    assert_non_null(strstr(error.message, "RABBITMQ_PASSWORD"));
    assert_null(strstr(error.message, "s3cret"));
    assert_null(strstr(error.message, "0ther"));
}

static void numbers_are_checked(void **state)
{
    static const char *const names[] = {"RABBITMQ_PORT", "RABBITMQ_HEARTBEAT",
                                        "RABBITMQ_PREFETCH_COUNT"};
    struct jangle_rabbitmq_options options = {0};
    char url[JANGLE_RABBITMQ_URL_SIZE] = "";

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct jangle_error error = {0};

        setenv(names[i], "7x", 1);
        assert_result(jangle_rabbitmq_from_env(url, &options, &error), JANGLE_INVALID);
        assert_non_null(strstr(error.message, names[i]));
        unsetenv(names[i]);
    }
}

/* 2^32 ms and one more are no 1 ms. */
static void a_long_limit_is_not_cut_short(void **state)
{
    const struct timeval time = {.tv_sec = 4294967, .tv_usec = 297000};
    int file = socket(AF_INET, SOCK_STREAM, 0);
    unsigned ms = 0;
    socklen_t size = sizeof ms;

    (void)state;
    assert_true(file >= 0);
    jn_rabbit_limit_writes(file, &time);
    assert_int_equal(getsockopt(file, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, &size), 0);
    assert_int_equal(ms, INT32_MAX);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_that_are_valid),
        cmocka_unit_test(urls_that_are_not),
        cmocka_unit_test(each_host_is_checked),
        cmocka_unit_test(options_that_are_not_valid),
        cmocka_unit_test_setup(the_environment_may_say_nothing, forget_variables),
        cmocka_unit_test_setup(parts_make_a_url, forget_variables),
        cmocka_unit_test_setup(what_differs_is_named_twice, forget_variables),
        cmocka_unit_test_setup(numbers_are_checked, forget_variables),
        cmocka_unit_test(a_long_limit_is_not_cut_short)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
