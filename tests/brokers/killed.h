/* killed.h - two programs with a broker between them, while programs and broker are
 * killed. */
#ifndef BROKER_KILLED_H
#define BROKER_KILLED_H

#include "brokers/broker.h"

/* Run this shard's part of the tests. Returns how many failed. */
int killed_try(const struct tested_broker *broker);

#endif
