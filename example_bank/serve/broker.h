/* broker.h - the broker that the environment names. */
#ifndef BANK_BROKER_H
#define BANK_BROKER_H

#include "example_broker/named_broker.h"

/* False: the environment names no broker, or none that makes sense, or one without which
 * this bank was built; a sentence on stderr has said so. */
bool bank_broker_find(struct named_broker *broker);

#endif
