/* killed.c - two programs with a NATS between them that are killed, and so is the broker
 * (brokers/killed.h). */
#include "brokers/killed.h"

#include "brokers/nats/line.h"

#include <nats/nats.h>

#include <signal.h>

/* So that the broker gives away soon what a program had that was killed. */
static const struct jangle_nats_options options = {.ack_wait_ms = 1000};

/* Somebody else gets what the program had in hand, or would have got next, and gives it
 * back. */
static void outlast_the_ack_wait(void *server, pid_t taker)
{
    static const struct jangle_queue queues[] = {{.name = "watch"}, {.name = "counter"}};
    struct jangle_transport *visitor = line_open(nats_server_url(server), &options);

    kill(taker, SIGSTOP);
    line_attach(visitor, &queues[0]);
    line_attach(visitor, &queues[1]);
    line_receive(visitor);
    line_close(visitor);
    kill(taker, SIGCONT);
}

int main(void)
{
    struct nats_server *server = nats_server_start(NULL);
    const struct tested_broker broker = {
        .broker = jangle_nats(nats_server_url(server), &options),
        .kill = nats_server_kill,
        .start_again = nats_server_start_again,
        .outlast = outlast_the_ack_wait,
        .context = server};
    int failed = killed_try(&broker, EFFORT_NATS_KILLED);

    nats_server_stop(server);
    nats_Close();
    return failed;
}
