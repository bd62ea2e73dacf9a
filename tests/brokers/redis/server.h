/* server.h - a Redis of the test's own: on a free port, in a directory of its own, ended
 * with the test. It writes down each command before it answers. */
#ifndef REDIS_SERVER_H
#define REDIS_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct redis_server;

bool redis_server_is_installed(void);

/* Start one and wait until it answers. If Redis is not installed, the program ends with
 * exit code 77 and says so; with CI=true that is a failure. */
struct redis_server *redis_server_start(void);

/* End it, and remove all that it left. */
void redis_server_stop(struct redis_server *server);

/* "redis://:its-password@127.0.0.1:PORT/3" */
const char *redis_server_url(const struct redis_server *server);
int redis_server_port(const struct redis_server *server);
const char *redis_server_directory(const struct redis_server *server);
extern const char redis_server_password[];

/* As kill -9 does, and start it again with what it had kept. Both take the server. */
bool redis_server_kill(void *server);
bool redis_server_start_again(void *server);

pid_t redis_server_process(const struct redis_server *server);

/* SIGSTOP and SIGCONT. */
void redis_server_freeze(struct redis_server *server);
void redis_server_thaw(struct redis_server *server);

/* Let Redis carry out a command, as somebody else would, with words as of printf without
 * spaces in them. The text of its answer: a number and a text as they are, of an array
 * its texts with spaces between them. It is valid until the next call. */
const char *redis_server_ask(struct redis_server *server, const char *command);

#endif
