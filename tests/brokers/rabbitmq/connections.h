/* connections.h - which connections a RabbitMQ has: each has the name of the
 * endpoint whose it is. */
#ifndef RABBITMQ_CONNECTIONS_H
#define RABBITMQ_CONNECTIONS_H

#include "brokers/rabbitmq/server.h"

/* Wait until the broker has connections of that name; or none. */
void connections_wait(struct rabbitmq_server *server, const char *name, bool some);

/* Let the broker remember which connections of that name it has; and fail if they are
 * others now. */
void connections_remember(struct rabbitmq_server *server, const char *name);
void connections_assert_same(struct rabbitmq_server *server, const char *name);

#endif
