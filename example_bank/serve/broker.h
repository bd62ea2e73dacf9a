/* broker.h - the broker that the environment names. */
#ifndef BANK_BROKER_H
#define BANK_BROKER_H

#include <jangle/jangle.h>
#include <jangle/transport/rabbitmq.h>

/* Must live until the bank that was opened with it is closed. */
struct bank_broker {
    struct jangle_broker broker;
    char url[JANGLE_RABBITMQ_URL_SIZE];
    struct jangle_rabbitmq_options options;
};

/* False: the environment names no broker, or none that makes sense, or this bank was
 * built without RabbitMQ; a sentence on stderr has said so. */
bool bank_broker_find(struct bank_broker *broker);

#endif
