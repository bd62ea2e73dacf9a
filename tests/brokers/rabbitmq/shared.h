/* shared.h - the RabbitMQ that the tests of one ctest run have in common, because each
 * start takes some six seconds. keeper.c starts it and ends it. */
#ifndef RABBITMQ_SHARED_H
#define RABBITMQ_SHARED_H

#include "brokers/rabbitmq/server.h"

/* The shared one, with nothing in it; or, if JANGLE_TEST_RABBITMQ of the environment
 * names no file with its ports, one of the test's own. Only one test may use it at a
 * time, and must neither kill it, stop it, nor fill its disk. rabbitmq_server_stop leaves
 * it alone. */
struct rabbitmq_server *rabbitmq_shared_start(void);

/* Write the server's ports, and the number of this process, into a file; and remove it.
 */
bool rabbitmq_shared_offer(const struct rabbitmq_server *server, const char *file);
void rabbitmq_shared_withdraw(const char *file);

/* Which process offers it; 0: none. */
pid_t rabbitmq_shared_keeper(const char *file);

#endif
