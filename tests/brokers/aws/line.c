/* line.c - a transport of SQS and SNS in a test. */
#include "brokers/aws/line.h"
#include "brokers/server_process.h"

#include <jangle/plugin/support.h>

void aws_assert_no_secret(const char *text)
{
    assert_null(strstr(text, AWS_KEY));
    assert_null(strstr(text, AWS_SECRET));
    assert_null(strstr(text, AWS_TOKEN));
}

static void write_nothing_secret(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    aws_assert_no_secret(entry->message);
}

struct jangle_aws_options aws_options(const char *endpoint)
{
    return (struct jangle_aws_options){
        .credentials = {.access_key_id = AWS_KEY, .secret_access_key = AWS_SECRET},
        .endpoint = endpoint};
}

static int64_t read_clock(void *context)
{
    return *(int64_t *)context;
}

static struct jangle_transport *open_with(const struct jangle_aws_options *options,
                                          const struct jangle_host *host)
{
    struct jangle_broker broker = jangle_aws("sqs://us-east-1", options);
    struct jangle_transport *transport = NULL;
    struct jangle_error error = {0};

    if (broker.open(&broker, host, "test", &transport, &error))
        fail_msg("%s", error.message);
    return transport;
}

struct jangle_transport *aws_open(const struct jangle_aws_options *options)
{
    static const struct jangle_host host = {.logger = {.write = write_nothing_secret}};

    return open_with(options, &host);
}

struct jangle_transport *aws_open_at(const struct jangle_aws_options *options,
                                     int64_t *later_us)
{
    static struct jangle_host host;

    host =
        (struct jangle_host){.clock = {.monotonic_us = read_clock, .context = later_us}};
    return open_with(options, &host);
}

struct jangle_parcel aws_parcel(const char *topic, const char *queue, const char *body)
{
    return (struct jangle_parcel){
        .topic = topic, .queue = queue, .body = body, .body_size = strlen(body)};
}

enum jangle_result aws_publish(struct jangle_transport *transport,
                               struct jangle_parcel parcel,
                               struct jangle_error *error)
{
    transport->ops->publish(transport, &parcel, 1, LINE_WAIT_MS, error);
    if (error)
        aws_assert_no_secret(error->message);
    return parcel.result;
}
