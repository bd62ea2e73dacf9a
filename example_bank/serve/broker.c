/* broker.c - the broker that the environment names, or a complaint. */
#include "serve/broker.h"
#include "cli/complaint.h"

bool bank_broker_find(struct named_broker *broker)
{
    struct jangle_error error;

    if (!named_broker_find(broker, &error))
        return true;
    bank_complain("%s", error.message);
    return false;
}
