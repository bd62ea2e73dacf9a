/* engine.c - two programs with SQS and SNS between them, in one process
 * (brokers/engine.h). Amazon itself is not killed: it cannot be reached for a while. */
#include "brokers/engine.h"

#include "brokers/aws/server.h"

int main(void)
{
    struct aws_server *server = aws_server_start();
    struct jangle_aws_options options = aws_server_options(server);
    const struct tested_broker broker = {.broker =
                                             jangle_aws("sqs://us-east-1", &options),
                                         .kill = aws_server_cut,
                                         .start_again = aws_server_listen,
                                         .context = server};
    int failed;

    options.visibility_ms = 3000; /* what the cut has swallowed comes soon */
    failed = engine_try(&broker);
    aws_server_stop(server);
    return failed;
}
