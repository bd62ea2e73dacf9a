/* killed.c - two programs with a RabbitMQ between them that are killed, and so is the
 * broker (brokers/killed.h). */
#include "brokers/killed.h"

#include "brokers/rabbitmq/connections.h"

#include <jangle/transport/rabbitmq.h>

#include <signal.h>

/* So that the broker misses a program soon that is stopped. */
static const struct jangle_rabbitmq_options options = {.heartbeat_ms = 1000};

/* The broker takes a program for dead that has said nothing for two heartbeats: what it
 * had in hand is given to the next one. */
static void outlast_the_heartbeat(void *server, pid_t taker)
{
    connections_wait(server, "watch", true);
    kill(taker, SIGSTOP);
    connections_wait(server, "watch", false);
    kill(taker, SIGCONT);
}

int main(void)
{
    struct rabbitmq_server *server = rabbitmq_server_start();
    const struct tested_broker broker = {
        .broker = jangle_rabbitmq(rabbitmq_server_url(server), &options),
        .kill = rabbitmq_server_kill,
        .start_again = rabbitmq_server_start_again,
        .outlast = outlast_the_heartbeat,
        .context = server};
    int failed = killed_try(&broker, EFFORT_KILLED_BROKER);

    rabbitmq_server_stop(server);
    return failed;
}
