/* server.h - a NATS of the test's own, with JetStream: on a free port, in a directory of
 * its own, ended with the test. */
#ifndef NATS_SERVER_H
#define NATS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct nats_server;

bool nats_server_is_installed(void);

/* Start one and wait until it answers. `more` are lines of its configuration, which
 * stay as they are until it is stopped; may be NULL. If nats-server is not installed, the
 * program ends with exit code 77 and says so; with CI=true that is a failure. */
struct nats_server *nats_server_start(const char *more);

/* End it, and remove all that it left. */
void nats_server_stop(struct nats_server *server);

/* "nats://jangle:its-password@127.0.0.1:PORT" */
const char *nats_server_url(const struct nats_server *server);
int nats_server_port(const struct nats_server *server);
extern const char nats_server_password[];

/* As kill -9 does, and start it again with what it had kept. Both take the server. */
bool nats_server_kill(void *server);
bool nats_server_start_again(void *server);

/* End it in good order, after it has written all down. */
void nats_server_end(struct nats_server *server);

/* The file in which it keeps what a consumer has delivered, and what was settled of that.
 */
void nats_server_consumer_file(const struct nats_server *server,
                               const char *stream,
                               const char *consumer,
                               char *path,
                               size_t size);

/* Start it again without JetStream, which is there again after the next start. */
bool nats_server_start_without_streams(struct nats_server *server);

/* SIGSTOP and SIGCONT. */
void nats_server_freeze(struct nats_server *server);
void nats_server_thaw(struct nats_server *server);

#endif
