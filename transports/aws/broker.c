/* broker.c - SQS and SNS as a broker of jangle: its descriptor, opening and closing. */
#include "aws/declare.h"
#include "aws/delivery.h"
#include "aws/memory.h"
#include "aws/names.h"
#include "aws/publish.h"
#include "aws/receive.h"
#include "aws/remove.h"
#include "aws/settings.h"
#include "aws/settle.h"

#include <unistd.h>

/* ---- operations that are nowhere else ---------------------------------------------- */

static void wake_transport(struct jangle_transport *transport)
{
    struct jn_aws *aws = (struct jn_aws *)transport;

    atomic_store(&aws->woken, true);
    jn_aws_web_wake(aws);
}

static void free_transport(struct jn_aws *aws, bool aloud)
{
    if (aws->web && !aloud)
        jn_aws_web_mute(aws);
    jn_aws_receiving_finish(aws, aloud);
    jn_aws_names_finish(aws);
    jn_aws_web_free(aws);
    jn_free(&aws->allocator, aws->name);
    jn_free(&aws->allocator, aws);
}

static void close_transport(struct jangle_transport *transport)
{
    struct jn_aws *aws = (struct jn_aws *)transport;

    free_transport(aws, aws->process == getpid());
}

static const struct jangle_transport_ops ops = {.abi = 1,
                                                .name = "aws",
                                                .keeps_prefix = false,
                                                .body_bytes = JN_AWS_BODY_BYTES,
                                                .declare_topic = jn_aws_declare_topic,
                                                .declare_queue = jn_aws_declare_queue,
                                                .publish = jn_aws_publish,
                                                .attach = jn_aws_attach,
                                                .detach = jn_aws_detach,
                                                .receive = jn_aws_receive,
                                                .settle = jn_aws_settle,
                                                .tend = jn_aws_tend,
                                                .wake = wake_transport,
                                                .count = jn_aws_count,
                                                .purge = jn_aws_purge,
                                                .remove_queue = jn_aws_remove_queue,
                                                .remove_topic = jn_aws_remove_topic,
                                                .close = close_transport};

/* ---- opening ----------------------------------------------------------------------- */

static enum jangle_result init_transport(struct jn_aws *aws,
                                         const struct jangle_broker *broker,
                                         const char *name,
                                         struct jangle_error *error)
{
    enum jangle_result result = jn_aws_settings_read(aws, broker, error);

    if (result)
        return result;
    aws->transport.ops = &ops;
    aws->name = jn_copy_text(&aws->allocator, name ? name : "jangle");
    aws->web = aws->name ? jn_aws_web_new(aws) : NULL;
    if (!aws->web)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    return JANGLE_OK;
}

static enum jangle_result open_transport(const struct jangle_broker *broker,
                                         const struct jangle_host *host,
                                         const char *name,
                                         struct jangle_transport **transport,
                                         struct jangle_error *error)
{
    struct jangle_allocator allocator =
        host->allocator.resize ? host->allocator : jn_aws_system_memory;
    struct jn_aws *aws = jn_new(&allocator, sizeof *aws);
    enum jangle_result result;

    *transport = NULL;
    if (!aws)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    aws->host = host;
    aws->allocator = allocator;
    aws->process = getpid();
    atomic_init(&aws->woken, false);
    jn_aws_deliveries_init(&aws->waiting);
    jn_aws_deliveries_init(&aws->held);
    result = init_transport(aws, broker, name, error);
    if (result)
        free_transport(aws, true);
    else
        *transport = &aws->transport;
    return result;
}

struct jangle_broker jangle_aws(const char *url, const struct jangle_aws_options *options)
{
    return (struct jangle_broker){.url = url, .options = options, .open = open_transport};
}
