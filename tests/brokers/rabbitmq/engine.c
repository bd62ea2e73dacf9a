/* engine.c - two programs with a RabbitMQ between them, in one process
 * (brokers/engine.h). */
#include "brokers/engine.h"

#include "brokers/rabbitmq/server.h"

#include <jangle/transport/rabbitmq.h>

int main(void)
{
    struct rabbitmq_server *server = rabbitmq_server_start();
    const struct tested_broker broker = {
        .broker = jangle_rabbitmq(rabbitmq_server_url(server), NULL),
        .kill = rabbitmq_server_kill,
        .start_again = rabbitmq_server_start_again,
        .context = server};
    int failed = engine_try(&broker);

    rabbitmq_server_stop(server);
    return failed;
}
