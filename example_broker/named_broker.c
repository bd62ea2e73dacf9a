/* named_broker.c - the broker that the environment names: a table of schemes. */
#include "example_broker/named_broker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef WITH_KAFKA
#include <jangle/transport/kafka.h>
#endif

/* Of each transport that holds messages. */
enum { HOLD_MIN_MS = 1000, HOLD_MAX_MS = 3600000 };

/* An empty variable counts as one that is not set. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* ---- the transports that this program has ------------------------------------------ */

/* Fills in `broker`, and `url` if the environment has not; `url` and `hold_ms` are set.
 */
typedef enum jangle_result describe_fn(struct named_broker *named,
                                       struct jangle_error *error);

#ifdef WITH_RABBITMQ
/* With more settings than the URL, if RabbitMQ's own variables name it. */
static enum jangle_result describe_rabbitmq(struct named_broker *named,
                                            struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    if (!*named->url)
        result = jangle_rabbitmq_from_env(named->url, &named->options.rabbitmq, error);
    named->broker = jangle_rabbitmq(named->url, &named->options.rabbitmq);
    return result;
}
#else
#define describe_rabbitmq NULL
#endif

#ifdef WITH_NATS
static enum jangle_result describe_nats(struct named_broker *named,
                                        struct jangle_error *error)
{
    (void)error;
    named->options.nats = (struct jangle_nats_options){.ack_wait_ms = named->hold_ms};
    named->broker = jangle_nats(named->url, &named->options.nats);
    return JANGLE_OK;
}
#else
#define describe_nats NULL
#endif

#ifdef WITH_REDIS
static enum jangle_result describe_redis(struct named_broker *named,
                                         struct jangle_error *error)
{
    (void)error;
    named->options.redis = (struct jangle_redis_options){.lease_ms = named->hold_ms};
    named->broker = jangle_redis(named->url, &named->options.redis);
    return JANGLE_OK;
}
#else
#define describe_redis NULL
#endif

#ifdef WITH_AWS
/* The region is in the URL. */
static enum jangle_result describe_aws(struct named_broker *named,
                                       struct jangle_error *error)
{
    struct jangle_aws_credentials own = {.access_key_id = variable("AWS_ACCESS_KEY_ID"),
                                         .secret_access_key =
                                             variable("AWS_SECRET_ACCESS_KEY"),
                                         .session_token = variable("AWS_SESSION_TOKEN")};

    if (named->hold_ms % 1000)
        return jangle_error_set(error, JANGLE_INVALID,
                                "BROKER_HOLD_MS is no whole number of seconds, as SQS"
                                " wants: 1000, 2000, up to %d",
                                HOLD_MAX_MS);
    if (!own.access_key_id || !own.secret_access_key)
        return jangle_error_set(error, JANGLE_INVALID,
                                "BROKER_URL is that of SQS and SNS, which want"
                                " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, too");
    named->options.aws =
        (struct jangle_aws_options){.credentials = own,
                                    .endpoint = variable("AWS_ENDPOINT_URL"),
                                    .visibility_ms = named->hold_ms};
    named->broker = jangle_aws(named->url, &named->options.aws);
    return JANGLE_OK;
}
#else
#define describe_aws NULL
#endif

#ifdef WITH_KAFKA
static enum jangle_result describe_kafka(struct named_broker *named,
                                         struct jangle_error *error)
{
    (void)error;
    named->broker = jangle_kafka(named->url, NULL);
    return JANGLE_OK;
}
#else
#define describe_kafka NULL
#endif

/* ---- what there is ----------------------------------------------------------------- */

struct kind {
    const char *label;
    const char *schemes;   /* each between two spaces */
    const char *option;    /* of CMake */
    const char *packages;  /* Debian's */
    describe_fn *describe; /* NULL: this program was built without it */
};

static const struct kind kinds[] = {
    {"RabbitMQ", " amqp:// amqps:// ", "JANGLE_RABBITMQ", "librabbitmq-dev",
     describe_rabbitmq},
    {"NATS", " nats:// tls:// ", "JANGLE_NATS", "libnats-dev", describe_nats},
    {"Redis", " redis:// rediss:// unix:// ", "JANGLE_REDIS", "libhiredis-dev",
     describe_redis},
    {"SQS and SNS", " sqs:// ", "JANGLE_AWS",
     "libcurl4-openssl-dev libjansson-dev libexpat1-dev", describe_aws},
    {"Kafka", " kafka:// ssl:// sasl_ssl:// sasl_plaintext:// ", "JANGLE_KAFKA",
     "librdkafka-dev", describe_kafka},
};

static const struct kind *const rabbitmq = &kinds[0];

static const struct kind *find_kind(const char *url)
{
    const char *end = strstr(url, "://");
    char scheme[24];

    if (!end || end - url > (ptrdiff_t)sizeof scheme - 6)
        return NULL;
    snprintf(scheme, sizeof scheme, " %.*s:// ", (int)(end - url), url);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strstr(kinds[i].schemes, scheme))
            return &kinds[i];
    return NULL;
}

static enum jangle_result
describe(const struct kind *kind, struct named_broker *named, struct jangle_error *error)
{
    if (kind->describe)
        return kind->describe(named, error);
    return jangle_error_set(error, JANGLE_INVALID,
                            "this program was built without %s: install what is missing"
                            " (Debian: apt-get install %s), and build it again with"
                            " -D%s=ON",
                            kind->label, kind->packages, kind->option);
}

/* ---- the environment --------------------------------------------------------------- */

static enum jangle_result read_hold(int64_t *hold_ms, struct jangle_error *error)
{
    const char *text = variable("BROKER_HOLD_MS");
    char *end;
    long long read;

    *hold_ms = 0;
    if (!text)
        return JANGLE_OK;
    errno = 0;
    read = strtoll(text, &end, 10);
    if (errno || *end || read < HOLD_MIN_MS || read > HOLD_MAX_MS)
        return jangle_error_set(error, JANGLE_INVALID,
                                "BROKER_HOLD_MS is no whole number from %d to %d",
                                HOLD_MIN_MS, HOLD_MAX_MS);
    *hold_ms = read;
    return JANGLE_OK;
}

/* What is wrong behind "://" is found by a transport, which connects to nothing when it
 * is opened. It is told before the program makes a file, and by the name of the variable.
 */
static enum jangle_result
check(const char *url_of, const struct named_broker *named, struct jangle_error *error)
{
    static const struct jangle_host host;
    struct jangle_transport *transport = NULL;
    struct jangle_error why = {0};
    enum jangle_result result =
        named->broker.open(&named->broker, &host, "check", &transport, &why);

    if (result)
        return jangle_error_set(error, result, "%s: %s", url_of, why.message);
    transport->ops->close(transport);
    return JANGLE_OK;
}

/* Without BROKER_URL. */
static enum jangle_result find_rabbitmq(struct named_broker *named,
                                        struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = JANGLE_NOT_FOUND;

    if (rabbitmq->describe || variable("JANGLE_RABBITMQ_URL") ||
        variable("RABBITMQ_HOST"))
        result = describe(rabbitmq, named, &why);
    if (result == JANGLE_NOT_FOUND)
        return jangle_error_set(error, result,
                                "no broker is named: set BROKER_URL to an address such as"
                                " amqp://user:password@host/, nats://host, redis://host,"
                                " sqs://eu-west-1 or kafka://host:9092");
    if (result)
        return jangle_error_set(error, result, "%s", why.message);
    return check("the RabbitMQ of the environment", named, error);
}

enum jangle_result named_broker_find(struct named_broker *named,
                                     struct jangle_error *error)
{
    const char *url = variable("BROKER_URL");
    const struct kind *kind = url ? find_kind(url) : NULL;

    *named = (struct named_broker){0};
    *error = (struct jangle_error){0};
    if (read_hold(&named->hold_ms, error))
        return error->result;
    if (!url)
        return find_rabbitmq(named, error);
    if (!kind)
        return jangle_error_set(error, JANGLE_INVALID,
                                "BROKER_URL is that of no broker: it begins with amqp://,"
                                " amqps://, nats://, tls://, redis://, unix://, sqs://,"
                                " kafka://, ssl://, sasl_ssl:// or sasl_plaintext://");
    if (strlen(url) >= sizeof named->url)
        return jangle_error_set(error, JANGLE_INVALID,
                                "BROKER_URL is longer than %d bytes",
                                NAMED_BROKER_URL_SIZE - 1);
    memcpy(named->url, url, strlen(url) + 1);
    if (describe(kind, named, error))
        return error->result;
    return check("BROKER_URL", named, error);
}
