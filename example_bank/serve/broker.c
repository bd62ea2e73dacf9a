/* broker.c - the broker that the environment names. */
#include "serve/broker.h"
#include "cli/complaint.h"

#ifdef BANK_HAS_RABBITMQ

bool bank_broker_find(struct bank_broker *broker)
{
    struct jangle_error error = {0};
    enum jangle_result result =
        jangle_rabbitmq_from_env(broker->url, &broker->options, &error);

    if (result == JANGLE_NOT_FOUND)
        bank_complain(
            "no broker is named: set JANGLE_RABBITMQ_URL to an address such as"
            " amqp://user:password@host/, or RABBITMQ_HOST to a host");
    else if (result)
        bank_complain("%s", error.message);
    broker->broker = jangle_rabbitmq(broker->url, &broker->options);
    return result == JANGLE_OK;
}

#else

bool bank_broker_find(struct bank_broker *broker)
{
    (void)broker;
    bank_complain(
        "this bank was built without RabbitMQ, because librabbitmq was not there: install"
        " it (Debian: apt-get install librabbitmq-dev), and build the bank again");
    return false;
}

#endif
