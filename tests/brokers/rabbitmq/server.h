/* server.h - a RabbitMQ of the test's own: on free ports, in a directory of its
 * own, ended with the test. */
#ifndef RABBITMQ_SERVER_H
#define RABBITMQ_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct rabbitmq_server;

bool rabbitmq_server_is_installed(void);

/* Start one and wait until it answers. If RabbitMQ is not installed, the program ends
 * with exit code 77 and says so; with CI=true that is a failure. */
struct rabbitmq_server *rabbitmq_server_start(void);

/* One that takes TLS, too, on a second port, with ca.pem, server.pem and server.key of
 * that directory; a client's certificate that ca.pem has signed is a login of the user
 * whose name is its common name. */
struct rabbitmq_server *rabbitmq_server_start_tls(const char *certificates);
int rabbitmq_server_tls_port(const struct rabbitmq_server *server);

/* Where one listens: for clients, for Erlang's nodes, and its epmd, which knows nodes. */
struct rabbitmq_ports {
    int clients, peers, names;
};
struct rabbitmq_ports rabbitmq_server_ports(const struct rabbitmq_server *server);

/* One that another process has started: it is not ended with the test, and cannot be
 * killed or stopped. */
struct rabbitmq_server *rabbitmq_server_join(const struct rabbitmq_ports *ports);

/* End it, and remove all that it left. */
void rabbitmq_server_stop(struct rabbitmq_server *server);

/* Where its files are. */
const char *rabbitmq_server_directory(const struct rabbitmq_server *server);

/* "amqp://jangle:its-password@127.0.0.1:PORT/tests" */
const char *rabbitmq_server_url(const struct rabbitmq_server *server);
int rabbitmq_server_port(const struct rabbitmq_server *server);
extern const char rabbitmq_server_password[];

/* As kill -9 does, and start it again with what it had kept. Both take the server. */
bool rabbitmq_server_kill(void *server);
bool rabbitmq_server_start_again(void *server);

/* RabbitMQ 3 writes down the name of a new quorum queue only after a while, and what was
 * taken from a classic queue when the queue has had nothing to do for a second. Before
 * that kill -9 loses a new queue without a trace, or brings back what was taken. No test
 * here is about that, so rabbitmq_server_kill waits for it. A test that kills in the
 * middle of something waits first, and kills then. */
bool rabbitmq_server_write_down(struct rabbitmq_server *server);
void rabbitmq_server_kill_now(
    struct rabbitmq_server *server); /* it may be dead already */
pid_t rabbitmq_server_process(const struct rabbitmq_server *server);

/* SIGSTOP and SIGCONT. */
void rabbitmq_server_freeze(struct rabbitmq_server *server);
void rabbitmq_server_thaw(struct rabbitmq_server *server);

/* Let the broker evaluate an Erlang expression, which ends with a point. False if it
 * fails. */
bool rabbitmq_server_evaluate(struct rabbitmq_server *server, const char *expression);

/* The text that an Erlang expression without a point is: an iolist. The caller frees it.
 * NULL if it fails. */
char *rabbitmq_server_ask(struct rabbitmq_server *server, const char *expression);

#endif
