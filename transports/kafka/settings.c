/* settings.c - the options of a broker, checked, and as librdkafka has them. */
#include "kafka/settings.h"

#include "kafka/url.h"

#include <stdlib.h>

enum {
    DEFAULT_PARTITIONS = 6,
    DEFAULT_CONNECT_MS = 5000,
    DEFAULT_LOOK_MS = 5000,
    LEAST_MESSAGE_BYTES = 2 * JN_KAFKA_HEADER_BYTES
};

/* What jangle's promises lean on. A program that set one of these would break them
 * without a word, or would be overruled without a word. */
static const char *const refused[] = {
    "bootstrap.servers",
    "metadata.broker.list",
    "security.protocol",
    "acks",
    "request.required.acks",
    "enable.idempotence",
    "enable.gapless.guarantee",
    "message.timeout.ms",
    "delivery.timeout.ms",
    "retries",
    "message.send.max.retries",
    "transactional.id",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "partitioner",
    "partitioner_cb",
    "group.id",
    "group.instance.id",
    "auto.offset.reset",
    "enable.auto.commit",
    "auto.commit.enable",
    "enable.auto.offset.store",
    "enable.partition.eof",
    "isolation.level",
    "allow.auto.create.topics",
    "enable.ssl.certificate.verification",
    "ssl.endpoint.identification.algorithm",
    "plugin.library.paths",
    "check.crcs",
    "delivery.report.only.error",
    "test.mock.num.brokers",
};

/* Of all clients. A broker that is away is tried again twice a second. What librdkafka
 * would log comes back in errors. */
static const char *const ours[][2] = {
    {"log_level", "0"},
    {"log.connection.close", "false"},
    {"reconnect.backoff.ms", "100"},
    {"reconnect.backoff.max.ms", "500"},
    {"socket.keepalive.enable", "true"},
    {"socket.nagle.disable", "true"},
    {"ssl.endpoint.identification.algorithm", "https"},
    {"enable.ssl.certificate.verification", "true"},
};

/* ---- librdkafka's own -------------------------------------------------------------- */

/* The value is not shown, and neither is librdkafka's sentence, which shows it. */
static enum jangle_result set_value(rd_kafka_conf_t *conf,
                                    const char *name,
                                    const char *value,
                                    struct jangle_error *error)
{
    char why[256];

    switch (rd_kafka_conf_set(conf, name, value, why, sizeof why)) {
    case RD_KAFKA_CONF_OK:
        return JANGLE_OK;
    case RD_KAFKA_CONF_UNKNOWN:
        return jangle_error_set(error, JANGLE_INVALID,
                                "librdkafka %s knows no setting \"%s\"",
                                rd_kafka_version_str(), JN_SHOWN(80, name));
    default:
        return jangle_error_set(error, JANGLE_INVALID,
                                "the setting \"%s\" of Kafka has a value that librdkafka "
                                "%s refuses",
                                JN_SHOWN(80, name), rd_kafka_version_str());
    }
}

static bool is_refused(const char *name)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(refused[i], name) == 0)
            return true;
    return false;
}

static enum jangle_result
set_theirs(rd_kafka_conf_t *conf, const char *const *settings, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (; settings && settings[0] && !result; settings += 2) {
        if (is_refused(settings[0]))
            return jangle_error_set(
                error, JANGLE_INVALID,
                "the setting \"%s\" of Kafka is jangle's own, because "
                "its promises lean on it: leave it out",
                JN_SHOWN(80, settings[0]));
        if (!settings[1])
            return jangle_error_set(error, JANGLE_INVALID,
                                    "the setting \"%s\" of Kafka has no value",
                                    JN_SHOWN(80, settings[0]));
        result = set_value(conf, settings[0], settings[1], error);
    }
    return result;
}

static enum jangle_result set_ours(rd_kafka_conf_t *conf, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < sizeof ours / sizeof *ours; i++)
        result = set_value(conf, ours[i][0], ours[i][1], error);
    return result;
}

static enum jangle_result
set_url(rd_kafka_conf_t *conf, const struct jn_kafka_url *url, struct jangle_error *error)
{
    enum jangle_result result = set_value(conf, "bootstrap.servers", url->hosts, error);

    if (!result)
        result = set_value(conf, "security.protocol", url->protocol, error);
    if (!result && url->user)
        result = set_value(conf, "sasl.mechanisms", "PLAIN", error);
    if (!result && url->user)
        result = set_value(conf, "sasl.username", url->user, error);
    if (!result && url->user)
        result = set_value(conf, "sasl.password", url->password, error);
    return result;
}

/* ---- options ----------------------------------------------------------------------- */

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value ? value : otherwise;
}

/* What is wrong with the options, or NULL. */
static const char *read_options(struct jn_kafka_settings *settings,
                                const struct jangle_kafka_options *options)
{
    settings->partitions = (int)or_default(options->partitions, DEFAULT_PARTITIONS);
    settings->replicas = options->replicas;
    settings->connect_ms = or_default(options->connect_ms, DEFAULT_CONNECT_MS);
    settings->look_ms = or_default(options->look_ms, DEFAULT_LOOK_MS);
    if (settings->partitions < 1 || settings->partitions > 10000)
        return "`partitions` is not between 1 and 10000";
    if (settings->replicas < 0 || settings->replicas > 100)
        return "`replicas` is not between 0 and 100";
    if (settings->connect_ms < 1 || settings->connect_ms > JN_KAFKA_CALL_MS)
        return "`connect_ms` is not between 1 and 20000";
    if (settings->look_ms < 1 || settings->look_ms > 3600000)
        return "`look_ms` is not between 1 and 3600000";
    return NULL;
}

static enum jangle_result read_message_bytes(struct jn_kafka_settings *settings,
                                             struct jangle_error *error)
{
    char text[32];
    size_t size = sizeof text;

    if (rd_kafka_conf_get(settings->shared, "message.max.bytes", text, &size) !=
        RD_KAFKA_CONF_OK)
        return jangle_error_set(error, JANGLE_INVALID,
                                "librdkafka does not tell `message.max.bytes`");
    settings->message_bytes = (size_t)strtoull(text, NULL, 10);
    if (settings->message_bytes < LEAST_MESSAGE_BYTES)
        return jangle_error_set(error, JANGLE_INVALID,
                                "the setting \"message.max.bytes\" of Kafka is less than "
                                "%d, which leaves no room for headers",
                                LEAST_MESSAGE_BYTES);
    return JANGLE_OK;
}

/* ---- the whole --------------------------------------------------------------------- */

static enum jangle_result set_all(struct jn_kafka_settings *settings,
                                  const struct jn_kafka_url *url,
                                  const char *const *theirs,
                                  struct jangle_error *error)
{
    enum jangle_result result = set_ours(settings->shared, error);

    if (!result)
        result = set_url(settings->shared, url, error);
    if (!result)
        result = set_theirs(settings->shared, theirs, error);
    return result ? result : read_message_bytes(settings, error);
}

enum jangle_result jn_kafka_settings_init(struct jn_kafka_settings *settings,
                                          const struct jangle_allocator *allocator,
                                          const struct jangle_broker *broker,
                                          struct jangle_error *error)
{
    struct jangle_kafka_options options = {0};
    struct jn_kafka_url url;
    const char *fault;
    enum jangle_result result;

    *settings = (struct jn_kafka_settings){0};
    if (broker->options)
        options = *(const struct jangle_kafka_options *)broker->options;
    fault = read_options(settings, &options);
    if (fault)
        return jangle_error_set(error, JANGLE_INVALID, "options of Kafka: %s", fault);
    settings->shared = rd_kafka_conf_new();
    result = jn_kafka_url_init(&url, allocator, broker->url, error);
    if (!result)
        result = set_all(settings, &url, options.settings, error);
    jn_kafka_url_finish(&url, allocator);
    return result;
}

void jn_kafka_settings_finish(struct jn_kafka_settings *settings)
{
    if (settings->shared)
        rd_kafka_conf_destroy(settings->shared);
    settings->shared = NULL;
}
