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

void aws_close(struct jangle_transport *transport)
{
    transport->ops->close(transport);
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
    transport->ops->publish(transport, &parcel, 1, AWS_WAIT_MS, error);
    if (error)
        aws_assert_no_secret(error->message);
    return parcel.result;
}

struct jangle_parcel aws_receive(struct jangle_transport *transport)
{
    int64_t until_ms = server_now_ms() + AWS_WAIT_MS;
    struct jangle_parcel *parcels;
    struct jangle_error error = {0};
    size_t count = 0;

    while (!count && server_now_ms() < until_ms)
        if (transport->ops->receive(transport, 1, AWS_BYTES, 1000, &parcels, &count,
                                    &error))
            fail_msg("%s", error.message);
    assert_int_equal(count, 1);
    return parcels[0];
}

enum jangle_result aws_settle(struct jangle_transport *transport,
                              const struct jangle_parcel *parcel,
                              enum jangle_disposition disposition)
{
    struct jangle_settlement settlement = {.parcel = parcel,
                                           .disposition = disposition,
                                           .attempts = parcel->attempt,
                                           .reason = "a reason"};

    transport->ops->settle(transport, &settlement, 1, NULL);
    return settlement.result;
}

void aws_assert_body(const struct jangle_parcel *parcel, const char *body)
{
    assert_int_equal(parcel->body_size, strlen(body));
    assert_memory_equal(parcel->body, body, strlen(body));
}

const char *aws_header(const struct jangle_parcel *parcel, const char *name)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        if (strcmp(parcel->headers[i].name, name) == 0)
            return parcel->headers[i].value;
    return NULL;
}
