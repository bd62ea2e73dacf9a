/* server.h - SQS and SNS of the test's own: the emulator fauxqs, on a free port, ended
 * with the test. */
#ifndef AWS_SERVER_H
#define AWS_SERVER_H

#include <jangle/transport/aws.h>

#include <stdbool.h>

struct aws_server;

/* Start one and wait until it answers. If node or fauxqs is not here, the program ends
 * with exit code 77 and says so, also with CI=true: a machine without node tests no SQS.
 */
struct aws_server *aws_server_start(void);
void aws_server_stop(struct aws_server *server);

/* "http://127.0.0.1:PORT" */
const char *aws_server_endpoint(const struct aws_server *server);

/* Options with credentials and that endpoint. The emulator takes any credentials. */
struct jangle_aws_options aws_server_options(const struct aws_server *server);

/* Cut all connections and listen no more; and listen again, with all that it had. Both
 * take the server. */
bool aws_server_cut(void *server);
bool aws_server_listen(void *server);

/* SIGSTOP and SIGCONT. */
void aws_server_freeze(struct aws_server *server);
void aws_server_thaw(struct aws_server *server);

#endif
