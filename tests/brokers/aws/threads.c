/* threads.c - programs of several threads with SQS and SNS between them
 * (brokers/threads.h). */
#include "brokers/threads.h"

#include "brokers/aws/server.h"

int main(void)
{
    struct aws_server *server = aws_server_start();
    struct jangle_aws_options options = aws_server_options(server);
    const struct tested_broker broker = {.broker =
                                             jangle_aws("sqs://us-east-1", &options)};
    int failed;

    options.visibility_ms = 3000; /* what nobody gives back comes soon */
    failed = threads_try(&broker);
    aws_server_stop(server);
    return failed;
}
