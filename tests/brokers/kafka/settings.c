/* settings.c - URLs, options and settings of Kafka are checked when a transport is
 * opened, and no password is shown. */
#include "support/test.h"

#include <jangle/transport/kafka.h>

#include <stdlib.h>
#include <string.h>

static enum jangle_result try_open(const char *url,
                                   const struct jangle_kafka_options *options,
                                   struct jangle_error *error)
{
    static const struct jangle_host host = {0};
    struct jangle_broker broker = jangle_kafka(url, options);
    struct jangle_transport *transport = NULL;
    enum jangle_result result;

    *error = (struct jangle_error){0};
    result = broker.open(&broker, &host, "settings", &transport, error);
    if (transport)
        transport->ops->close(transport);
    assert_null(strstr(error->message, "hUsH"));
    return result;
}

static void good_urls_are_taken(void **state)
{
    static const char *const urls[] = {
        "kafka://localhost",
        "kafka://localhost:9092",
        "kafka://a:9092,b:9093,c.example.org",
        "kafka://[::1]:9092/",
        "ssl://a:9093",
        "sasl_ssl://user:hUsH%21@a:9093,b:9093",
        "sasl_plaintext://user:hUsH@a",
    };
    struct jangle_error error;

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (try_open(urls[i], NULL, &error))
            fail_msg("%s: %s", urls[i], error.message);
}

static void bad_urls_are_refused(void **state)
{
    static const char *const urls[] = {
        "",
        "localhost:9092",
        "amqp://localhost",
        "kafka://",
        "kafka://a,,b",
        "kafka://a:0",
        "kafka://a:65536",
        "kafka://a:9x",
        "kafka://a b",
        "kafka://:9092",
        "kafka://user:hUsH@a",
        "sasl_ssl://user@a",
        "sasl_ssl://user:hUsH%2@a",
        "sasl_ssl://user:hUsH%00@a",
        "sasl_ssl://:hUsH@a",
        NULL,
    };
    struct jangle_error error;

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (try_open(urls[i], NULL, &error) != JANGLE_INVALID)
            fail_msg("%s is taken", urls[i] ? urls[i] : "NULL");
}

static enum jangle_result
try_setting(const char *name, const char *value, struct jangle_error *error)
{
    const char *const settings[] = {name, value, NULL};
    const struct jangle_kafka_options options = {.settings = settings};

    return try_open("kafka://localhost", &options, error);
}

/* Each of these would break a promise. */
static void settings_that_promises_lean_on_are_refused(void **state)
{
    static const char *const settings[][2] = {
        {"acks", "1"},
        {"request.required.acks", "0"},
        {"enable.idempotence", "false"},
        {"enable.gapless.guarantee", "false"},
        {"message.timeout.ms", "1000"},
        {"delivery.timeout.ms", "1000"},
        {"retries", "0"},
        {"message.send.max.retries", "0"},
        {"transactional.id", "t"},
        {"max.in.flight", "10"},
        {"max.in.flight.requests.per.connection", "10"},
        {"partitioner", "random"},
        {"group.id", "g"},
        {"group.instance.id", "g"},
        {"auto.offset.reset", "latest"},
        {"enable.auto.commit", "true"},
        {"auto.commit.enable", "true"},
        {"enable.auto.offset.store", "true"},
        {"enable.partition.eof", "true"},
        {"isolation.level", "read_uncommitted"},
        {"allow.auto.create.topics", "true"},
        {"bootstrap.servers", "elsewhere"},
        {"metadata.broker.list", "elsewhere"},
        {"security.protocol", "plaintext"},
        {"enable.ssl.certificate.verification", "false"},
        {"ssl.endpoint.identification.algorithm", "none"},
        {"plugin.library.paths", "x"},
        {"check.crcs", "false"},
        {"delivery.report.only.error", "true"},
        {"test.mock.num.brokers", "1"},
    };
    struct jangle_error error;

    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (try_setting(settings[i][0], settings[i][1], &error) != JANGLE_INVALID)
            fail_msg("%s is taken", settings[i][0]);
        assert_non_null(strstr(error.message, settings[i][0]));
        assert_non_null(strstr(error.message, "lean on it"));
    }
}

static void settings_are_librdkafkas_own(void **state)
{
    struct jangle_error error;

    (void)state;
    assert_result(try_setting("sasl.mechanisms", "SCRAM-SHA-512", &error), JANGLE_OK);
    assert_result(try_setting("no.such.setting", "hUsH", &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "no.such.setting"));
    assert_result(try_setting("linger.ms", "hUsH", &error), JANGLE_INVALID);
    assert_result(try_setting("linger.ms", NULL, &error), JANGLE_INVALID);
    assert_result(try_setting("message.max.bytes", "1000", &error), JANGLE_INVALID);
}

/* The largest body leaves room for headers. */
static void the_largest_body_is_that_of_the_settings(void **state)
{
    static const char *const settings[] = {"message.max.bytes", "300000", NULL};
    static const struct jangle_kafka_options options = {.settings = settings};
    static const struct jangle_host host = {0};
    struct jangle_broker broker = jangle_kafka("kafka://localhost", &options);
    struct jangle_transport *transport;

    (void)state;
    assert_result(broker.open(&broker, &host, "body", &transport, NULL), JANGLE_OK);
    assert_int_equal(transport->ops->body_bytes, 300000 - 65536);
    transport->ops->close(transport);
}

static void bad_options_are_refused(void **state)
{
    static const struct jangle_kafka_options options[] = {
        {.partitions = -1}, {.partitions = 10001}, {.replicas = -1},
        {.connect_ms = -1}, {.connect_ms = 20001}, {.look_ms = -1},
    };
    struct jangle_error error;

    (void)state;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        assert_result(try_open("kafka://localhost", &options[i], &error), JANGLE_INVALID);
}

static void the_environment_names_the_broker(void **state)
{
    char url[JANGLE_KAFKA_URL_SIZE], long_one[JANGLE_KAFKA_URL_SIZE + 1];
    struct jangle_error error;

    (void)state;
    unsetenv("JANGLE_KAFKA_BOOTSTRAP");
    assert_result(jangle_kafka_from_env(url, &error), JANGLE_NOT_FOUND);
    setenv("JANGLE_KAFKA_BOOTSTRAP", "a:9092,b:9092", 1);
    assert_result(jangle_kafka_from_env(url, &error), JANGLE_OK);
    assert_string_equal(url, "kafka://a:9092,b:9092");
    setenv("JANGLE_KAFKA_BOOTSTRAP", "sasl_ssl://u:hUsH@a:9093", 1);
    assert_result(jangle_kafka_from_env(url, &error), JANGLE_OK);
    assert_string_equal(url, "sasl_ssl://u:hUsH@a:9093");
    setenv("JANGLE_KAFKA_BOOTSTRAP", "u:hUsH@a:x", 1);
    assert_result(jangle_kafka_from_env(url, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "JANGLE_KAFKA_BOOTSTRAP"));
    assert_null(strstr(error.message, "hUsH"));
    memset(long_one, 'a', sizeof long_one);
    long_one[sizeof long_one - 1] = '\0';
    setenv("JANGLE_KAFKA_BOOTSTRAP", long_one, 1);
    assert_result(jangle_kafka_from_env(url, &error), JANGLE_INVALID);
    unsetenv("JANGLE_KAFKA_BOOTSTRAP");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_urls_are_taken),
        cmocka_unit_test(bad_urls_are_refused),
        cmocka_unit_test(settings_that_promises_lean_on_are_refused),
        cmocka_unit_test(settings_are_librdkafkas_own),
        cmocka_unit_test(the_largest_body_is_that_of_the_settings),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(the_environment_names_the_broker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
