/* split.c - the bank in two processes, with a RabbitMQ between them. */
#include "brokers/split.h"
#include "brokers/rabbitmq/shared.h"

#include <jangle/transport/rabbitmq.h>

int main(void)
{
    struct rabbitmq_server *server = rabbitmq_shared_start();
    const struct split split = {.broker =
                                    jangle_rabbitmq(rabbitmq_server_url(server), NULL)};
    int failed = split_try(&split);

    rabbitmq_server_stop(server);
    return failed;
}
