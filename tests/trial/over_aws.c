/* over_aws.c - a trial over SQS and SNS, that is the emulator fauxqs. It has everything
 * in memory, so to kill it would not be what Amazon does when it cannot be reached:
 * instead all its connections are cut, and it listens no more for a while. */
#include "brokers/aws/server.h"
#include "trial/kinds.h"

#include "aws/clock.h"
#include "aws/queues.h"

#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 5000 };

static const char url[] = "sqs://us-east-1";

static void *start(void)
{
    struct aws_server *server = aws_server_start();
    struct jangle_aws_options options = aws_server_options(server);

    setenv("BROKER_URL", url, 1);
    setenv("AWS_ENDPOINT_URL", options.endpoint, 1);
    setenv("AWS_ACCESS_KEY_ID", options.credentials.access_key_id, 1);
    setenv("AWS_SECRET_ACCESS_KEY", options.credentials.secret_access_key, 1);
    unsetenv("AWS_SESSION_TOKEN");
    return server;
}

static void stop(void *server)
{
    aws_server_stop(server);
}

static struct jangle_broker broker(void *server)
{
    static struct jangle_aws_options options;

    options = aws_server_options(server);
    return jangle_aws(url, &options);
}

static void freeze(void *server)
{
    aws_server_freeze(server);
}

static void thaw(void *server)
{
    aws_server_thaw(server);
}

/* Is no message hidden, because a program has it in its hands, or had it when it died? */
static bool nothing_is_hidden(struct jangle_transport *transport, const char *queue)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    int64_t until_us = jn_aws_after_ms(aws, ASK_MS);
    const struct jn_aws_name *name;
    json_t *attributes = NULL;
    const char *hidden = NULL;
    bool nothing;

    if (!jn_aws_queue_find(aws, queue, until_us, &name, NULL) &&
        !jn_aws_queue_attributes(aws, name->found, until_us, &attributes, NULL))
        hidden = jn_aws_json_text(attributes, "ApproximateNumberOfMessagesNotVisible");
    nothing = hidden && strcmp(hidden, "0") == 0;
    json_decref(attributes);
    return nothing;
}

static bool is_empty(void *server)
{
    struct jangle_transport *transport = kind_connect(&kind_aws, server);
    bool nothing = transport && nothing_is_hidden(transport, kind_queues[0].name) &&
                   nothing_is_hidden(transport, kind_queues[1].name);

    if (transport)
        transport->ops->close(transport);
    return nothing && kind_has_no_message(&kind_aws, server);
}

const struct kind kind_aws = {
    .name = "aws",
    .label = "SQS and SNS (fauxqs)",
    .start = start,
    .stop = stop,
    .kill = aws_server_cut,
    .start_again = aws_server_listen,
    .killed = "cut off, because it has everything in memory and would lose it",
    .started = "reached again",
    .broker = broker,
    .freeze = freeze,
    .thaw = thaw,
    .is_empty = is_empty,
};
